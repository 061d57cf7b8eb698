// A card that is none: NVIDIA's driver and compiler, as far as they are called, on the processor.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// A function of the driver or the compiler by its name; null: there is none.
void *_Nullable standin_function(const char *_Nonnull name);

/// What the card says it has; `graphs`: its driver records what it is asked for.
typedef struct { int cards, capability; unsigned long long bytes; int graphs; } StandInCard;
/// For the calling thread.
void standin_set_card(StandInCard card);
StandInCard standin_usual_card(void);

#ifdef __cplusplus
}
#endif
