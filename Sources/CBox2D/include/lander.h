#pragma once
#include <stdbool.h>
#include <stdint.h>

// The bodies of Gymnasium's LunarLander in a Box2D world of their own: the physics of one lane.
//
// Lengths are metres of Box2D's, times seconds, angles radians; y grows upwards. Nothing is thrown
// across this border, and worlds share nothing that is written to.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lander lander;

// Points of the terrain, two metres apart.
enum { lander_points = 11 };

typedef struct {
  double main_power;  // of the engine that drives upwards, 0...1
  double side_power;  // 0...1
  double side;  // -1: left engine, 1: right engine
  double dispersion[2];  // m, -1...1
  bool has_wind;
  double wind;  // N, -100...100
  double turbulence;  // N m, -100...100
} lander_thrust;

typedef struct {
  float x, y, angle;
} lander_pose;

typedef struct {
  lander_pose hull, legs[2];
  float velocity_x, velocity_y, turn;  // of the hull: m/s, rad/s
  bool contact[2];  // a leg with the ground
  bool crashed;  // the hull has touched the ground
  bool awake;
} lander_state;

// Nil without memory. It has no world yet.
lander *lander_make(void);
void lander_free(lander *);

// A new world. False, and no world, for numbers that are not in these ranges:
// - gravity: m/s^2, -12...0
// - terrain: heights from the left edge to the right one, 0...20
// - force: x and y on the hull during the first step, N, -10000...10000
bool lander_begin(
  lander *, double gravity, const double terrain[lander_points], const double force[2]);

// One step of 1/50 s. False, and nothing done, without a world or for numbers out of range.
bool lander_step(lander *, const lander_thrust *);

// Zeros without a world.
lander_state lander_read(const lander *);

#ifdef __cplusplus
}
#endif
