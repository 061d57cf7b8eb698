"""Which ids ale-py gives to Gymnasium for a game, and with which arguments."""

#: Games that have ids of versions 0 and 4, too.
LEGACY = frozenset("""
    adventure air_raid alien amidar assault asterix asteroids atlantis bank_heist battle_zone beam_rider
    berzerk bowling boxing breakout carnival centipede chopper_command crazy_climber defender
    demon_attack double_dunk elevator_action enduro fishing_derby freeway frostbite gopher gravitar hero
    ice_hockey jamesbond journey_escape kangaroo krull kung_fu_master montezuma_revenge ms_pacman
    name_this_game phoenix pitfall pong pooyan private_eye qbert riverraid road_runner robotank seaquest
    skiing solaris space_invaders star_gunner tennis time_pilot tutankham up_n_down venture video_pinball
    wizard_of_wor yars_revenge zaxxon""".split())


def ids(row):
    """(id, arguments, whether it has a vector environment) for a row of the catalogue."""
    game = row["names"][0]
    common = {"game": game, "full_action_space": False, "max_num_frames_per_episode": 108_000}
    yield row["id"], common | {"repeat_action_probability": 0.25, "frameskip": 4}, True
    if game not in LEGACY:
        return
    name = row["id"].removeprefix("ALE/").removesuffix("-v5")
    for suffix, frameskip in (("", (2, 5)), ("NoFrameskip", 1)):
        for version, sticky in (("v0", 0.25), ("v4", 0.0)):
            arguments = common | {"repeat_action_probability": sticky, "frameskip": frameskip}
            yield f"{name}{suffix}-{version}", arguments, False


def register(row, override=False):
    """What Gymnasium's `make` knows of a game afterwards is what it knows from ale-py."""
    import gymnasium
    from gymnasium.envs.registration import registry

    for id, arguments, is_vector in ids(row):
        if id in registry and not override:
            continue
        registry.pop(id, None)
        gymnasium.register(
            id, entry_point="lockstep.ale.env:AtariEnv", kwargs=arguments,
            vector_entry_point="lockstep.ale.vector_env:AtariVectorEnv" if is_vector else None)
