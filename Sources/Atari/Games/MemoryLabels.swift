/// A named variable of a game's program: where it lies in the 128 bytes of RAM.
public struct MemoryLabel: Equatable, Sendable {
  public let name: String
  /// 0...127; several for a variable of several bytes, or for several objects.
  public let offsets: [Int]
}

extension Game {
  /// Variables that are publicly known; empty for games that nobody has labelled.
  ///
  /// Source: AtariARI (Anand et al. 2019, "Unsupervised State Representation Learning in Atari"),
  /// `atariari/benchmark/ram_annotations.py`.
  public var memoryLabels: [MemoryLabel] { Self.labelled[rom] ?? [] }

  /// The labelled variables of a lane, a byte an offset, in the order of `memoryLabels`.
  /// - Parameter memory: as `AtariBatch.memory(lane:)` gives it, 128 bytes.
  public func variables(in memory: [UInt8]) -> [(name: String, values: [UInt8])] {
    memoryLabels.map { label in (label.name, label.offsets.map { memory[$0] }) }
  }

  private static let labelled: [String: [MemoryLabel]] = {
    var games: [String: [MemoryLabel]] = [:]
    var game = ""
    for word in table.split(whereSeparator: \.isWhitespace) {
      let parts = word.split(separator: "=")
      if parts.count == 1 {
        game = String(word.dropLast())
      } else {
        games[game, default: []].append(
          MemoryLabel(name: String(parts[0]), offsets: parse(parts[1])))
      }
    }
    return games
  }()

  /// `3-9,12` as numbers.
  private static func parse(_ text: Substring) -> [Int] {
    text.split(separator: ",").flatMap { part in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      return Array(ends[0]...ends[ends.count - 1])
    }
  }

  private static let table = """
    asteroids: enemy_asteroids_y=3-9,12-19 enemy_asteroids_x=21-27,30-37 player_x=73 player_y=74
      num_lives_direction=60 player_score_high=61 player_score_low=62 player_missile_x1=83
      player_missile_x2=84 player_missile_y1=86 player_missile_y2=87 player_missile1_direction=89
      player_missile2_direction=90
    battle_zone: blue_tank_facing_direction=46 blue_tank_size_y=47 blue_tank_x=48
      blue_tank2_facing_direction=52 blue_tank2_size_y=53 blue_tank2_x=54 num_lives=58
      missile_y=105 compass_needles_angle=84 angle_of_tank=4 left_tread_position=59
      right_tread_position=60 crosshairs_color=108 score=29
    berzerk: player_x=19 player_y=11 player_direction=14 player_missile_x=22 player_missile_y=23
      player_missile_direction=21 robot_missile_direction=26 robot_missile_x=29 robot_missile_y=30
      num_lives=90 robots_killed_count=91 game_level=92 enemy_evilOtto_x=46 enemy_evilOtto_y=89
      enemy_robots_x=65-72 enemy_robots_y=56-64 player_score=93-95
    bowling: ball_x=30 ball_y=41 player_x=29 player_y=40 frame_number_display=36
      pin_existence=57-66 score=33
    boxing: player_x=32 player_y=34 enemy_x=33 enemy_y=35 enemy_score=19 clock=17 player_score=18
    breakout: ball_x=99 ball_y=101 player_x=72 blocks_hit_count=77 block_bit_map=0-29 score=84
    demon_attack: level=62 player_x=22 enemy_x1=17 enemy_x2=18 enemy_x3=19 missile_y=21
      enemy_y1=69 enemy_y2=70 enemy_y3=71 num_lives=114
    freeway: player_y=14 score=103 enemy_car_x=108-117
    frostbite: top_row_iceflow_x=34 second_row_iceflow_x=33 third_row_iceflow_x=32
      fourth_row_iceflow_x=31 enemy_bear_x=104 num_lives=76 igloo_blocks_count=77 enemy_x=84-87
      player_x=102 player_y=100 player_direction=4 score=72-74
    hero: player_x=27 player_y=31 power_meter=43 room_number=28 level_number=117 dynamite_count=50
      score=56-57
    montezuma_revenge: room_number=3 player_x=42 player_y=43 player_direction=52 enemy_skull_x=47
      enemy_skull_y=46 key_monster_x=44 key_monster_y=45 level=57 num_lives=58
      items_in_inventory_count=61 room_state=62 score_0=19 score_1=20 score_2=21
    ms_pacman: enemy_sue_x=6 enemy_inky_x=7 enemy_pinky_x=8 enemy_blinky_x=9 enemy_sue_y=12
      enemy_inky_y=13 enemy_pinky_y=14 enemy_blinky_y=15 player_x=10 player_y=16 fruit_x=11
      fruit_y=17 ghosts_count=19 player_direction=56 dots_eaten_count=119 player_score=120
      num_lives=123
    pitfall: player_x=97 player_y=105 enemy_logs_x=98 enemy_scorpion_x=99 bottom_of_rope_y=18
      clock_sec=89 clock_min=88
    pong: player_y=51 player_x=46 enemy_y=50 enemy_x=45 ball_x=49 ball_y=54 enemy_score=13
      player_score=14
    private_eye: player_x=63 player_y=86 room_number=92 clock=67,69 player_direction=58
      score=73-74 dove_x=48 dove_y=39
    qbert: player_x=43 player_y=67 player_column=35 red_enemy_column=69 green_enemy_column=105
      score=89-91 tile_color=21,52,54,83,85,87,98,100,102,104,1,3,5,7,9,32,34,36,38,40,42
    riverraid: player_x=51 missile_x=117 missile_y=50 fuel_meter_high=55 fuel_meter_low=56
    seaquest: enemy_obstacle_x=30-33 player_x=70 player_y=97 diver_or_enemy_missile_x=71-74
      player_direction=86 player_missile_direction=87 oxygen_meter_value=102 player_missile_x=103
      score=57-58 num_lives=59 divers_collected_count=62
    skiing: player_x=25 clock_m=104 clock_s=105 clock_ms=106 score=107 object_y=87-93
    space_invaders: invaders_left_count=17 player_score=104 num_lives=73 player_x=28 enemies_x=26
      missiles_y=9 enemies_y=24
    tennis: enemy_x=27 enemy_y=25 enemy_score=70 ball_x=16 ball_y=17 player_x=26 player_y=24
      player_score=69
    venture: sprite0_y=20 sprite1_y=21 sprite2_y=22 sprite3_y=23 sprite4_y=24 sprite5_y=25
      sprite0_x=79 sprite1_x=80 sprite2_x=81 sprite3_x=82 sprite4_x=83 sprite5_x=84 player_x=85
      player_y=26 current_room=90 num_lives=70 score_1_2=71 score_3_4=72
    video_pinball: ball_x=67 ball_y=68 player_left_paddle_y=98 player_right_paddle_y=102
      score_1=48 score_2=50
    yars_revenge: player_x=32 player_y=31 player_missile_x=38 player_missile_y=37 enemy_x=43
      enemy_y=42 enemy_missile_x=47 enemy_missile_y=46
    """
}
