// One Atari console as the Arcade Learning Environment's own interface shows it, for tools that were
// written for that: load, act, look, poke, clone. Batches (`lockstep.h`) are the fast way.
//
// What `lockstep.h` says of errors, threads and text holds here, too; a console has no threads and may
// be used after a fork().
#ifndef LOCKSTEP_CONSOLE_H
#define LOCKSTEP_CONSOLE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

typedef struct lockstep_console lockstep_console;

/// Name of the game that a ROM is, by its MD5; NULL: none that we know. For `lockstep_release`.
char *_Nullable lockstep_console_game(const uint8_t *rom, int64_t bytes);

/// Loads a ROM, a game reset included.
///
/// - game: name of the game whose rules hold for a ROM that is not known; NULL: refuse that.
/// - seed: of sticky actions.
/// - settings: as for `lockstep_make`, of preset raw; NULL: all as they are by default.
lockstep_console *_Nullable lockstep_console_load(
    const uint8_t *rom, int64_t bytes, const char *_Nullable game, uint32_t seed,
    const char *_Nullable settings, char *_Nullable *_Nullable error);

void lockstep_console_free(lockstep_console *_Nullable console);

/// JSON: game, id, width, height, legal and minimal (numbers of actions), modes, difficulties. For
/// `lockstep_release`.
char *lockstep_console_facts(const lockstep_console *console);

int32_t lockstep_console_reset(lockstep_console *console, char *_Nullable *_Nullable error);

/// - action: 0...17. - strength: of a paddle's turn, 1 where nothing else is wanted.
int32_t lockstep_console_act(
    lockstep_console *console, int32_t action, float strength, int64_t *reward,
    char *_Nullable *_Nullable error);

enum {
  LOCKSTEP_CONSOLE_LIVES, LOCKSTEP_CONSOLE_OVER, LOCKSTEP_CONSOLE_TRUNCATED, LOCKSTEP_CONSOLE_FRAME,
  LOCKSTEP_CONSOLE_EPISODE_FRAME, LOCKSTEP_CONSOLE_MODE, LOCKSTEP_CONSOLE_DIFFICULTY,
  LOCKSTEP_CONSOLE_NUMBERS
};

/// - numbers: room for LOCKSTEP_CONSOLE_NUMBERS of them.
int32_t lockstep_console_status(
    lockstep_console *console, int64_t *numbers, char *_Nullable *_Nullable error);

/// A mode takes hold at the next reset, a difficulty at the next frame; -1 keeps one.
int32_t lockstep_console_set(
    lockstep_console *console, int64_t mode, int64_t difficulty, char *_Nullable *_Nullable error);

enum {
  /// [height][160] colour codes.
  LOCKSTEP_CONSOLE_SCREEN,
  /// [height][160].
  LOCKSTEP_CONSOLE_GREY,
  /// [height][160][3].
  LOCKSTEP_CONSOLE_RGB,
  /// [128], from address $80.
  LOCKSTEP_CONSOLE_MEMORY,
  /// [512] samples; only where the settings ask for sound.
  LOCKSTEP_CONSOLE_SOUND
};

/// - bytes: the size of `out`, which must be that of what is read.
int32_t lockstep_console_read(
    lockstep_console *console, int32_t what, uint8_t *out, int64_t bytes,
    char *_Nullable *_Nullable error);

/// Changes a byte of memory, 0 for address $80.
int32_t lockstep_console_poke(
    lockstep_console *console, int64_t index, uint8_t value, char *_Nullable *_Nullable error);

/// A clone, for `lockstep_release`.
/// - generator: not 0: with that of sticky actions.
uint8_t *_Nullable lockstep_console_state(
    lockstep_console *console, int32_t generator, int64_t *bytes, char *_Nullable *_Nullable error);

/// Goes on from a clone of a console with the same game; what is shown stays until the next frame.
int32_t lockstep_console_set_state(
    lockstep_console *console, const uint8_t *state, int64_t bytes,
    char *_Nullable *_Nullable error);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
#endif
