/* Random bytes: ChaCha20 with fast key erasure, seeded by the kernel.
 *
 * The generator makes a pool of bytes, of which the first are its next key, and erases what it
 * hands out: who reads the memory later learns nothing of what was given before. The state lies in
 * a page that is empty in a forked child, which then asks for a seed of its own.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "os/random.h"

#include "os/chacha.h"
#include "os/sys.h"

#include <string.h>

enum {
    POOL_SIZE = 2048,
    /* More than that gets a stream with a key of its own, which goes to its place directly. */
    POOLED_MAX = 512,
    /* A seed costs as much as 100 bytes of the stream, so this is next to nothing. */
    RESEED_AFTER = 64 * 1024,
};

struct random_state {
    size_t left;     /* bytes at the end of the pool; 0 in a page that was wiped */
    size_t produced; /* since the last seed */
    bool is_seeded;
    uint8_t key[CHACHA_KEY_SIZE];
    uint8_t pool[POOL_SIZE];
};

static int ask_kernel(void *to, size_t len)
{
    /* One call gives at most 32 MiB, and less when a signal comes. */
    for (size_t done = 0; done < len;) {
        const long n = sys_getrandom((char *)to + done, len - done);
        if (n < 0) {
            return (int)n;
        }
        done += (size_t)n;
    }
    return 0;
}

static void stream(const uint8_t key[CHACHA_KEY_SIZE], uint8_t *to, size_t len)
{
    static const uint8_t nonce[CHACHA_NONCE_SIZE]; /* each key is used once */
    struct chacha chacha;
    ringfort_chacha_init(&chacha, key, 0, nonce);
    ringfort_chacha_stream(&chacha, to, len);
    explicit_bzero(&chacha, sizeof chacha);
}

static struct random_state *new_state(void)
{
    const long at = sys_map(sizeof(struct random_state));
    if (at < 0) {
        return NULL;
    }
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel's answer */
    struct random_state *state = (struct random_state *)at;
    if (sys_madvise(state, sizeof *state, MADV_WIPEONFORK) < 0) {
        (void)sys_unmap(state, sizeof *state);
        return NULL;
    }
    (void)sys_madvise(state, sizeof *state,
                      MADV_DONTDUMP); /* no key in a core file, where it works */
    return state;
}

void ringfort_random_init(struct random *random, bool single_threaded)
{
    *random = (struct random){ .state = NULL };
    lock_init(&random->lock, single_threaded);
}

void ringfort_random_clear(struct random *random)
{
    if (random->state != NULL) {
        explicit_bzero(random->state, sizeof *random->state);
        (void)sys_unmap(random->state, sizeof *random->state);
    }
    lock_destroy(&random->lock);
}

/* The new seed joins the old key, and does not only replace it. */
static int seed(struct random_state *state)
{
    uint8_t fresh[CHACHA_KEY_SIZE];
    const int result = ask_kernel(fresh, sizeof fresh);
    if (result < 0) {
        return result;
    }
    for (size_t i = 0; i < sizeof fresh; i++) {
        state->key[i] ^= fresh[i];
    }
    explicit_bzero(fresh, sizeof fresh);
    state->is_seeded = true;
    state->produced = 0;
    return 0;
}

static int refill(struct random_state *state)
{
    if (!state->is_seeded || state->produced >= RESEED_AFTER) {
        const int result = seed(state);
        if (result < 0) {
            return result;
        }
    }
    stream(state->key, state->pool, sizeof state->pool);
    memcpy(state->key, state->pool, sizeof state->key);
    memset(state->pool, 0, sizeof state->key);
    state->left = sizeof state->pool - sizeof state->key;
    state->produced += sizeof state->pool;
    return 0;
}

/* From the pool, which holds more than is ever asked for here. With the lock taken. */
static int draw(struct random_state *state, uint8_t *to, size_t len)
{
    if (__builtin_expect(state->left < len, 0)) {
        const int result = refill(state);
        if (result < 0) {
            return result;
        }
    }
    uint8_t *from = state->pool + sizeof state->pool - state->left;
    memcpy(to, from, len);
    memset(from, 0, len);
    state->left -= len;
    return 0;
}

/* A key for one long stream, before which a seed may be due. With the lock taken. */
static int draw_key(struct random_state *state, uint8_t key[CHACHA_KEY_SIZE], size_t len)
{
    if (state->produced >= RESEED_AFTER) {
        state->left = 0;
    }
    const int result = draw(state, key, CHACHA_KEY_SIZE);
    state->produced += len;
    return result;
}

/* The state, made at the first request; NULL where there is none. With the lock taken. */
static struct random_state *state_of(struct random *random)
{
    if (__builtin_expect(random->state == NULL && !random->kernel_only, 0)) {
        random->state = new_state();
        random->kernel_only = random->state == NULL;
    }
    return random->state;
}

int ringfort_random_fill(struct random *random, void *to, size_t len)
{
    uint8_t key[CHACHA_KEY_SIZE];
    lock_take(&random->lock);
    struct random_state *state = state_of(random);
    int result = 0;
    if (state != NULL) {
        result = len <= POOLED_MAX ? draw(state, to, len) : draw_key(state, key, len);
    }
    lock_drop(&random->lock);
    if (state == NULL) {
        return ask_kernel(to, len);
    }
    if (result == 0 && len > POOLED_MAX) {
        stream(key, to, len);
        explicit_bzero(key, sizeof key);
    }
    return result;
}
