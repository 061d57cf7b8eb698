// Equal bits on every processor: no fused multiplications, here and in Box2D's headers.
#pragma clang fp contract(off)

#include "lander.h"

#include <box2d/box2d.h>

#include <cmath>
#include <mutex>
#include <new>
#include <optional>

// Bodies, joints and engines: Gymnasium 1.3.0, `box2d/lunar_lander.py`. Box2D here is 2.4, there 2.3;
// where they differ in what matters to a lander, 2.3 is imitated.

namespace {

constexpr double scale = 30;  // pixels a metre
constexpr double leg_away = 20, leg_down = 18, leg_width = 2, leg_height = 8;
constexpr float leg_torque = 40;
constexpr double main_engine_y = 4, side_engine_height = 14, side_engine_away = 12;
constexpr double main_impulse = 13, side_impulse = 0.6;
constexpr uint16 hull_category = 0x10, leg_category = 0x20, ground_category = 1;
constexpr float time_step = 1.0f / 50;
// The original's rounds. Box2D 2.4 solves a joint's parts one after another where 2.3 solved them as
// one, so it comes as near to the solution only with more of them: where legs stand on the ground,
// and in the first step, which pulls them into their joints.
constexpr int velocity_rounds = 6 * 30, position_rounds = 2 * 30;
constexpr int hard_velocity_rounds = 4 * velocity_rounds;

bool within(double value, double low, double high) { return value >= low && value <= high; }

b2Vec2 vector(double x, double y) { return b2Vec2(float(x), float(y)); }

}  // namespace

struct lander : b2ContactListener {
  std::optional<b2World> world;
  b2Body *hull = nullptr, *legs[2] = {};
  b2RevoluteJoint *joints[2] = {};
  bool is_first = true;
  bool contact[2] = {};
  bool crashed = false;

  void BeginContact(b2Contact *touching) override {
    if (involves(touching, hull)) crashed = true;
    for (int leg = 0; leg < 2; leg++) {
      if (involves(touching, legs[leg])) contact[leg] = true;
    }
  }

  // One edge left behind counts as the ground left, even while the leg stands on another: as in the
  // original.
  void EndContact(b2Contact *touching) override {
    for (int leg = 0; leg < 2; leg++) {
      if (involves(touching, legs[leg])) contact[leg] = false;
    }
  }

  static bool involves(b2Contact *touching, const b2Body *body) {
    return touching->GetFixtureA()->GetBody() == body || touching->GetFixtureB()->GetBody() == body;
  }

  void begin(double gravity, const double *terrain, const double *force) {
    world.reset();
    world.emplace(vector(0, gravity));
    world->SetContactListener(this);
    contact[0] = contact[1] = crashed = false;
    is_first = true;
    add_ground(terrain);
    add_hull(force);
    for (int leg = 0; leg < 2; leg++) add_leg(leg);
  }

  void add_ground(const double *terrain) {
    b2BodyDef still;
    b2Body *ground = world->CreateBody(&still);
    auto add_edge = [&](b2Vec2 from, b2Vec2 to, float friction) {
      b2EdgeShape edge;
      edge.SetTwoSided(from, to);
      b2FixtureDef fixture;
      fixture.shape = &edge;
      fixture.friction = friction;
      ground->CreateFixture(&fixture);
    };
    add_edge(vector(0, 0), vector(600 / scale, 0), 0.2f);
    for (int left = 0; left + 1 < lander_points; left++) {
      add_edge(vector(2 * left, terrain[left]), vector(2 * (left + 1), terrain[left + 1]), 0.1f);
    }
  }

  void add_hull(const double *force) {
    static constexpr double corners[6][2] = {{-14, 17}, {-17, 0}, {-17, -10},
                                             {17, -10}, {17, 0},  {14, 17}};
    b2Vec2 points[6];
    for (int corner = 0; corner < 6; corner++) {
      points[corner] = vector(corners[corner][0] / scale, corners[corner][1] / scale);
    }
    b2PolygonShape shape;
    shape.Set(points, 6);
    hull = add_body(300 / scale, 0, shape, 5, 0.1f, hull_category);
    hull->ApplyForceToCenter(vector(force[0], force[1]), true);
  }

  void add_leg(int number) {
    const double side = number == 0 ? -1 : 1;
    b2PolygonShape shape;
    shape.SetAsBox(float(leg_width / scale), float(leg_height / scale));
    legs[number] =
        add_body(300 / scale - side * leg_away / scale, side * 0.05, shape, 1, 0.2f, leg_category);
    b2RevoluteJointDef joint;
    joint.bodyA = hull;
    joint.bodyB = legs[number];
    joint.localAnchorB = vector(side * leg_away / scale, leg_down / scale);
    joint.referenceAngle = legs[number]->GetAngle();  // as the original's Python wrapper has it
    joint.enableMotor = joint.enableLimit = true;
    joint.maxMotorTorque = leg_torque;
    joint.motorSpeed = float(0.3 * side);
    joint.lowerAngle = float(number == 0 ? 0.9 - 0.5 : -0.9);
    joint.upperAngle = float(number == 0 ? 0.9 : -0.9 + 0.5);
    joints[number] = static_cast<b2RevoluteJoint *>(world->CreateJoint(&joint));
  }

  // At the top of the picture; it touches only the ground.
  b2Body *add_body(
      double x, double angle, const b2Shape &shape, float density, float friction,
      uint16 category) {
    b2BodyDef body;
    body.type = b2_dynamicBody;
    body.position = vector(x, 400 / scale);
    body.angle = float(angle);
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = density;
    fixture.friction = friction;
    fixture.filter.categoryBits = category;
    fixture.filter.maskBits = ground_category;
    b2Body *added = world->CreateBody(&body);
    added->CreateFixture(&fixture);
    return added;
  }

  void step(const lander_thrust &thrust) {
    if (thrust.has_wind) {
      hull->ApplyForceToCenter(vector(thrust.wind, 0), true);
      hull->ApplyTorque(float(thrust.turbulence), true);
    }
    const double sine = std::sin(double(hull->GetAngle()));
    const double cosine = std::cos(double(hull->GetAngle()));
    const double *away = thrust.dispersion;
    if (thrust.main_power > 0) {
      const double down = main_engine_y / scale + 2 * away[0];
      const double x = sine * down + -cosine * away[1], y = -cosine * down - sine * away[1];
      push(x, y, 0, 0, main_impulse, thrust.main_power);
    }
    if (thrust.side_power > 0) {
      const double out = 3 * away[1] + thrust.side * side_engine_away / scale;
      const double x = sine * away[0] + -cosine * out, y = -cosine * away[0] - sine * out;
      // 17 across and 14 along: the original's slip, which turns the craft depending on its angle.
      push(x, y, -sine * 17 / scale, cosine * side_engine_height / scale, side_impulse,
           thrust.side_power);
    }
    limit_legs();
    const bool is_hard = is_first || world->GetContactCount() > 0;
    world->Step(time_step, is_hard ? hard_velocity_rounds : velocity_rounds, position_rounds);
    is_first = false;
  }

  // A limit holds from the step after the one in which it was reached: as in Box2D 2.3. 2.4 would stop
  // the leg on the way.
  void limit_legs() {
    for (b2RevoluteJoint *joint : joints) {
      const float angle = joint->GetJointAngle();
      joint->EnableLimit(angle <= joint->GetLowerLimit() || angle >= joint->GetUpperLimit());
    }
  }

  // An engine that blows along (x, y), at a place that far and (more_x, more_y) from the hull's.
  void push(double x, double y, double more_x, double more_y, double impulse, double power) {
    const b2Vec2 at = hull->GetPosition();
    hull->ApplyLinearImpulse(
        vector(-x * impulse * power, -y * impulse * power),
        vector(double(at.x) + x + more_x, double(at.y) + y + more_y), true);
  }
};

namespace {

bool is_valid(double gravity, const double *terrain, const double *force) {
  for (int point = 0; point < lander_points; point++) {
    if (!within(terrain[point], 0, 20)) return false;
  }
  return within(gravity, -12, 0) && within(force[0], -1e4, 1e4) && within(force[1], -1e4, 1e4);
}

bool is_valid(const lander_thrust &thrust) {
  return within(thrust.main_power, 0, 1) && within(thrust.side_power, 0, 1) &&
         within(thrust.side, -1, 1) && within(thrust.dispersion[0], -1, 1) &&
         within(thrust.dispersion[1], -1, 1) && within(thrust.wind, -100, 100) &&
         within(thrust.turbulence, -100, 100);
}

// Box2D fills a table of its own when two bodies first come near each other, whichever thread that
// is in: that happens here, once, before any thread has a world.
void fill_tables() {
  b2World world(b2Vec2(0, 0));
  b2CircleShape shape;
  shape.m_radius = 1;
  b2BodyDef body;
  body.type = b2_dynamicBody;
  for (int count = 0; count < 2; count++) world.CreateBody(&body)->CreateFixture(&shape, 1);
  world.Step(time_step, 1, 1);
}

lander_pose pose(const b2Body *body) {
  const b2Vec2 at = body->GetPosition();
  return {at.x, at.y, body->GetAngle()};
}

}  // namespace

extern "C" lander *lander_make(void) {
  static std::once_flag once;
  std::call_once(once, fill_tables);
  return new (std::nothrow) lander;
}

extern "C" void lander_free(lander *it) { delete it; }

extern "C" bool lander_begin(
    lander *it, double gravity, const double *terrain, const double *force) {
  if (!it || !terrain || !force) return false;
  it->world.reset();
  if (!is_valid(gravity, terrain, force)) return false;
  it->begin(gravity, terrain, force);
  return true;
}

extern "C" bool lander_step(lander *it, const lander_thrust *thrust) {
  if (!it || !thrust || !it->world || !is_valid(*thrust)) return false;
  it->step(*thrust);
  return true;
}

extern "C" lander_state lander_read(const lander *it) {
  lander_state state = {};
  if (!it || !it->world) return state;
  state.hull = pose(it->hull);
  const b2Vec2 velocity = it->hull->GetLinearVelocity();
  state.velocity_x = velocity.x;
  state.velocity_y = velocity.y;
  state.turn = it->hull->GetAngularVelocity();
  for (int leg = 0; leg < 2; leg++) {
    state.legs[leg] = pose(it->legs[leg]);
    state.contact[leg] = it->contact[leg];
  }
  state.crashed = it->crashed;
  state.awake = it->hull->IsAwake();
  return state;
}
