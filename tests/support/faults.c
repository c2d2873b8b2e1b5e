/* Preloaded into every process of a command: fails the nth write below some folder, or the nth large allocation.

   FAULT_KIND     write | memory
   FAULT_COUNTER  a file of 8 bytes that all processes share: how many there have been
   FAULT_AT       the number of the first that fails, from 1; 0: none, they are only counted
   FAULT_LASTS    1: all later ones fail too, as on a disk that stays full; 0: that one alone
   FAULT_UNDER    write: the folder
   FAULT_LARGE    memory: the fewest bytes that count
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static unsigned long *counter;
static unsigned long at;
static int lasts, writes, memory, ready;
static size_t large;
static char under[PATH_MAX];
static size_t under_length;
static unsigned char watched[65536];

#define REAL(name) ({ static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); real; })

__attribute__((constructor)) static void begin(void) {
    const char *kind = getenv("FAULT_KIND"), *path = getenv("FAULT_COUNTER");
    if (!kind || !path) return;
    int fd = (int)REAL(open)(path, O_RDWR);
    if (fd < 0) return;
    counter = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (counter == MAP_FAILED) return;
    at = strtoul(getenv("FAULT_AT"), NULL, 10);
    lasts = getenv("FAULT_LASTS")[0] == '1';
    writes = !strcmp(kind, "write");
    memory = !writes;
    if (writes) {
        strncpy(under, getenv("FAULT_UNDER"), sizeof under - 1);
        under_length = strlen(under);
    } else
        large = strtoul(getenv("FAULT_LARGE"), NULL, 10);
    ready = 1;
}

static int fails(void) {
    unsigned long now = __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
    return at && (lasts ? now >= at : now == at);
}

static int is_under(const char *path) { return !strncmp(path, under, under_length); }

static int full(void) { errno = ENOSPC; return -1; }

static int fails_at(int folder, const char *path) {
    char whole[PATH_MAX];
    if (!ready || !writes) return 0;
    if (path[0] != '/') {
        char link[64];
        snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, whole, sizeof whole - 1);
        if (length < 0) return 0;
        whole[length] = 0;
        strncat(whole, "/", sizeof whole - strlen(whole) - 1);
        strncat(whole, path, sizeof whole - strlen(whole) - 1);
        path = whole;
    }
    return is_under(path) && fails();
}

static int watch(int fd) {
    if (ready && writes && fd >= 0 && fd < (int)sizeof watched) {
        char link[64], path[PATH_MAX];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        path[length < 0 ? 0 : length] = 0;
        watched[fd] = is_under(path);
    }
    return fd;
}

static int fails_on(int fd) { return ready && writes && fd >= 0 && fd < (int)sizeof watched && watched[fd] && fails(); }

#define OPENING(name, folder, declared, ...)                                        \
    int name declared {                                                            \
        mode_t mode = 0;                                                           \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
        if ((flags & O_CREAT) && fails_at(folder, path)) return full();            \
        int fd = REAL(name)(__VA_ARGS__, flags, mode);                             \
        return flags & (O_WRONLY | O_RDWR) ? watch(fd) : fd;                       \
    }
OPENING(open, AT_FDCWD, (const char *path, int flags, ...), path)
OPENING(open64, AT_FDCWD, (const char *path, int flags, ...), path)
OPENING(openat, folder, (int folder, const char *path, int flags, ...), folder, path)
OPENING(openat64, folder, (int folder, const char *path, int flags, ...), folder, path)

int close(int fd) { if (fd >= 0 && fd < (int)sizeof watched) watched[fd] = 0; return REAL(close)(fd); }
ssize_t write(int fd, const void *data, size_t size) { return fails_on(fd) ? full() : REAL(write)(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t where) { return fails_on(fd) ? full() : REAL(pwrite)(fd, data, size, where); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t where) { return fails_on(fd) ? full() : REAL(pwrite64)(fd, data, size, where); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return fails_on(fd) ? full() : REAL(writev)(fd, parts, count); }
int ftruncate(int fd, off_t size) { return fails_on(fd) ? full() : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return fails_on(fd) ? full() : REAL(ftruncate64)(fd, size); }
int fsync(int fd) { return fails_on(fd) ? full() : REAL(fsync)(fd); }
int syncfs(int fd) { return fails_on(fd) ? full() : REAL(syncfs)(fd); }
int mkdir(const char *path, mode_t mode) { return fails_at(AT_FDCWD, path) ? full() : REAL(mkdir)(path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return fails_at(folder, path) ? full() : REAL(mkdirat)(folder, path, mode); }
int rename(const char *path, const char *to) { return fails_at(AT_FDCWD, to) ? full() : REAL(rename)(path, to); }
int renameat(int one, const char *path, int other, const char *to) { return fails_at(other, to) ? full() : REAL(renameat)(one, path, other, to); }
int renameat2(int one, const char *path, int other, const char *to, unsigned flags) {
    return fails_at(other, to) ? full() : REAL(renameat2)(one, path, other, to, flags);
}

static int is_lost(size_t size) { return ready && memory && size >= large && fails(); }
static void *none(void) { errno = ENOMEM; return NULL; }

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
void *malloc(size_t size) { return is_lost(size) ? none() : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return is_lost(count * size) ? none() : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return is_lost(size) ? none() : __libc_realloc(old, size); }
void *aligned_alloc(size_t edge, size_t size) { return is_lost(size) ? none() : __libc_memalign(edge, size); }
int posix_memalign(void **made, size_t edge, size_t size) {
    if (is_lost(size)) return ENOMEM;
    *made = __libc_memalign(edge, size);
    return *made ? 0 : ENOMEM;
}
void *mmap(void *wanted, size_t size, int allowed, int flags, int fd, off_t where) {
    if (size >= large && (flags & MAP_ANONYMOUS) && !(flags & MAP_STACK) && is_lost(size)) { errno = ENOMEM; return MAP_FAILED; }
    return REAL(mmap)(wanted, size, allowed, flags, fd, where);
}
