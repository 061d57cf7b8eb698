// Lockstep for other languages: batches of environments behind seventeen functions.
//
// A batch has columns: rows of one field, a row a lane, row-major. The caller gives memory for the
// columns it wants; the others lie in memory of the batch's own. Nothing is kept between calls but the
// batch itself: there is no global state, and no call ends or traps the program.
//
// Functions that can fail take `error`: where it is not NULL it is set to NULL, or to a line that says
// what was wrong, for `lockstep_release`. Any thread may call; two at once on one batch is an error, and
// so is a batch that was made before a fork(). Text is UTF-8.
#ifndef LOCKSTEP_H
#define LOCKSTEP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// Of this header; what `lockstep_version` returns is to be the same.
#define LOCKSTEP_VERSION 2

typedef struct lockstep_batch lockstep_batch;

int32_t lockstep_version(void);

/// JSON: `version`, `kernels`: the processor level that they are compiled for, `roms`: the folder for files
/// that `lockstep_catalogue` names. For `lockstep_release`.
char *lockstep_build_info(void);

/// JSON, an array of {id, family, names, files, missing, verified, settings}: every environment; where
/// `missing` is not null it says why that one cannot be made; `files`, {name, md5}, are those that the user
/// has to bring. For `lockstep_release`.
char *lockstep_catalogue(void);

/// Lanes that step together.
///
/// - threads: of the batch's own, the caller's counted; 0: one a processor that the process may use.
/// - settings: a JSON object of the environment's settings; NULL: all as they are by default.
/// Returns NULL where that cannot be made.
lockstep_batch *_Nullable lockstep_make(
    const char *id, int64_t lanes, int64_t threads, const char *_Nullable settings,
    char *_Nullable *_Nullable error);

/// Ends the batch's threads; its columns' own memory goes with it.
void lockstep_free(lockstep_batch *_Nullable batch);

/// JSON: `spec` as `lockstep envs --json` has it, `threads`, `steps_per_second` at the speed that people
/// see it with, and `columns`, an array of {name, shape, element, group} in the order in which
/// `lockstep_bind` takes them. `shape` begins with [lanes] or, with two players, for actions, rewards and
/// returns, [players, lanes]. For `lockstep_release`.
char *lockstep_spec(const lockstep_batch *batch);

/// Where columns lie from the next call on. NULL keeps one where it is. Memory that is given must be
/// aligned for its element and stay until it is replaced; the batch only writes to it inside calls, and
/// the actions' is only read.
/// - count: of `columns`, as many as the spec names.
/// Returns 0, or -1 and nothing has changed.
int32_t lockstep_bind(
    lockstep_batch *batch, int64_t count, void *_Nullable const *_Nonnull columns,
    char *_Nullable *_Nullable error);

/// Where a column lies now.
void *_Nullable lockstep_column(const lockstep_batch *batch, int64_t column);

/// New episodes.
/// - mask: a byte a lane, 0 where the lane stays as it is; NULL: all lanes.
/// - seeds: one a lane, those of other lanes are not read; NULL: generators go on.
int32_t lockstep_reset(
    lockstep_batch *batch, const uint8_t *_Nullable mask, const uint64_t *_Nullable seeds,
    char *_Nullable *_Nullable error);

/// One step of every lane under the actions' column.
/// Returns 0, or -1 and no lane has moved.
int32_t lockstep_step(lockstep_batch *batch, char *_Nullable *_Nullable error);

/// The lane as a person sees it: [height, width, 3] bytes of RGB, for `lockstep_release`.
uint8_t *_Nullable lockstep_render(
    lockstep_batch *batch, int64_t lane, int64_t *width, int64_t *height,
    char *_Nullable *_Nullable error);

/// Everything that a lane's future depends on, as bytes that a batch with the same spec takes. For
/// `lockstep_release`.
uint8_t *_Nullable lockstep_state(
    lockstep_batch *batch, int64_t lane, int64_t *bytes, char *_Nullable *_Nullable error);

/// The lane becomes what it was; its columns show what they showed.
int32_t lockstep_set_state(
    lockstep_batch *batch, int64_t lane, const uint8_t *state, int64_t bytes,
    char *_Nullable *_Nullable error);

/// Copies lanes in memory: lane `from[i]` becomes slot `to[i]`, slots are numbered from 0 as one likes.
int32_t lockstep_save(
    lockstep_batch *batch, int64_t count, const int64_t *lanes, const int64_t *slots,
    char *_Nullable *_Nullable error);

/// Lane `lanes[i]` becomes what was saved in slot `slots[i]`; a slot may be named more than once.
int32_t lockstep_restore(
    lockstep_batch *batch, int64_t count, const int64_t *lanes, const int64_t *slots,
    char *_Nullable *_Nullable error);

/// What a call was wrong about: a value; its time, as a step before the first reset or two calls at once;
/// a file that the user has to bring; memory.
enum { lockstep_error_value, lockstep_error_time, lockstep_error_file, lockstep_error_memory };

/// - error: as a function above has set it.
int32_t lockstep_error_kind(const char *error);

/// Frees what a function above has returned.
void lockstep_release(void *_Nullable memory);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
#endif
