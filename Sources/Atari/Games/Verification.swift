import Environment

extension Game {
  /// nil: not compared as a whole.
  public var verification: Verification? { Self.verified[rom] }

  private static let verified: [String: Verification] = {
    var games: [String: Verification] = [:]
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      games[words[0]] = Verification(
        frames: words[1], pairs: words[2], steps: words[3], date: words[4])
    }
    return games
  }()

  /// Written by `Tools/oracle/record-verification`: game, frames, pairs, steps, date.
  private static let table = """
    adventure 20000 12 1208 2026-11-21
    air_raid 20000 8 1208 2026-11-21
    alien 20000 16 1208 2026-11-21
    amidar 20000 2 1208 2026-11-21
    assault 20000 1 1208 2026-11-21
    asterix 20000 1 1208 2026-11-21
    asteroids 20000 66 1208 2026-11-21
    atlantis 20000 4 1208 2026-11-21
    atlantis2 20000 1 1208 2026-11-21
    backgammon 20000 1 1208 2026-11-21
    bank_heist 20000 32 1208 2026-11-21
    basic_math 20000 12 1208 2026-11-21
    battle_zone 20000 3 1208 2026-11-21
    beam_rider 20000 2 1208 2026-11-21
    berzerk 20000 12 1208 2026-11-21
    blackjack 20000 4 1208 2026-11-21
    bowling 20000 6 1208 2026-11-21
    boxing 20000 4 1208 2026-11-21
    breakout 20000 24 1208 2026-11-21
    carnival 20000 1 1208 2026-11-21
    casino 20000 12 1208 2026-11-21
    centipede 20000 2 1208 2026-11-21
    chopper_command 20000 4 1208 2026-11-21
    crazy_climber 20000 8 1208 2026-11-21
    crossbow 20000 8 1208 2026-11-21
    darkchambers 20000 1 1208 2026-11-21
    defender 20000 20 1208 2026-11-21
    demon_attack 20000 8 1208 2026-11-21
    donkey_kong 20000 1 1208 2026-11-21
    double_dunk 20000 16 1208 2026-11-21
    earthworld 20000 1 1208 2026-11-21
    elevator_action 20000 1 1208 2026-11-21
    enduro 20000 1 1208 2026-11-21
    entombed 20000 2 1208 2026-11-21
    et 20000 12 1208 2026-11-21
    fishing_derby 20000 4 1208 2026-11-21
    flag_capture 20000 3 1208 2026-11-21
    freeway 20000 16 1208 2026-11-21
    frogger 20000 6 1208 2026-11-21
    frostbite 20000 2 1208 2026-11-21
    galaxian 20000 18 1208 2026-11-21
    gopher 20000 4 1208 2026-11-21
    gravitar 20000 5 1208 2026-11-21
    hangman 20000 8 1208 2026-11-21
    haunted_house 20000 18 1208 2026-11-21
    hero 20000 5 1208 2026-11-21
    human_cannonball 20000 16 1208 2026-11-21
    ice_hockey 20000 8 1208 2026-11-21
    jamesbond 20000 2 1208 2026-11-21
    journey_escape 20000 2 1208 2026-11-21
    kaboom 20000 1 1208 2026-11-21
    kangaroo 20000 2 1208 2026-11-21
    keystone_kapers 20000 1 1208 2026-11-21
    king_kong 20000 4 1208 2026-11-21
    klax 20000 3 1208 2026-11-21
    koolaid 20000 1 1208 2026-11-21
    krull 20000 1 1208 2026-11-21
    kung_fu_master 20000 1 1208 2026-11-21
    laser_gates 20000 1 1208 2026-11-21
    lost_luggage 20000 4 1208 2026-11-21
    mario_bros 20000 4 1208 2026-11-21
    miniature_golf 20000 2 1208 2026-11-21
    montezuma_revenge 20000 1 1208 2026-11-21
    mr_do 20000 4 1208 2026-11-21
    ms_pacman 20000 4 1208 2026-11-21
    name_this_game 20000 6 1208 2026-11-21
    othello 20000 6 1208 2026-11-21
    pacman 20000 16 1208 2026-11-21
    phoenix 20000 1 1208 2026-11-21
    pitfall 20000 1 1208 2026-11-21
    pitfall2 20000 1 1208 2026-11-21
    pong 20000 8 1208 2026-11-21
    pooyan 20000 4 1208 2026-11-21
    private_eye 20000 20 1208 2026-11-21
    qbert 20000 2 1208 2026-11-21
    riverraid 20000 2 1208 2026-11-21
    road_runner 20000 1 1208 2026-11-21
    robotank 20000 1 1208 2026-11-21
    seaquest 20000 2 1208 2026-11-21
    sir_lancelot 20000 1 1208 2026-11-21
    skiing 20000 1 1208 2026-11-21
    solaris 20000 1 1208 2026-11-21
    space_invaders 20000 32 1208 2026-11-21
    space_war 20000 12 1208 2026-11-21
    star_gunner 20000 4 1208 2026-11-21
    superman 20000 4 1208 2026-11-21
    surround 20000 8 1208 2026-11-21
    tennis 20000 8 1208 2026-11-21
    tetris 20000 1 1208 2026-11-21
    tic_tac_toe_3d 20000 18 1208 2026-11-21
    time_pilot 20000 3 1208 2026-11-21
    trondead 20000 2 1208 2026-11-21
    turmoil 20000 9 1208 2026-11-21
    tutankham 20000 4 1208 2026-11-21
    up_n_down 20000 4 1208 2026-11-21
    venture 20000 4 1208 2026-11-21
    video_checkers 20000 18 1208 2026-11-21
    video_chess 20000 5 1208 2026-11-21
    video_cube 20000 306 1208 2026-11-21
    video_pinball 20000 4 1208 2026-11-21
    wizard_of_wor 20000 2 1208 2026-11-21
    word_zapper 20000 96 1208 2026-11-21
    yars_revenge 20000 8 1208 2026-11-21
    zaxxon 20000 4 1208 2026-11-21
    combat 10000 0 0 2026-11-21
    joust 10000 0 0 2026-11-21
    maze_craze 10000 0 0 2026-11-21
    warlords 10000 0 0 2026-11-21
    """
}

extension Verification {
  /// - Parameters:
  ///   - frames: through the raw interface, half of them with sticky actions.
  ///   - pairs: of mode and difficulty, 500 frames each; 0 for a game that only two can play, whose
  ///     second player ale-py lets nobody play: there the original is ALE's core itself.
  ///   - steps: of the vector environment and other presets.
  fileprivate init(frames: String, pairs: String, steps: String, date: String) {
    let isForTwo = pairs == "0"
    self.init(
      oracle: isForTwo ? "ALE 0.12.1's core under Multi-Agent-ALE's rules" : "ale-py 0.12.1",
      extent: isForTwo
        ? "\(frames) frames of two players"
        : "\(frames) frames, \(pairs) modes x difficulties, \(steps) steps",
      date: date)
  }
}
