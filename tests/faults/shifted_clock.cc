// A wall clock that tests set, for a process that is started with LD_PRELOAD of this and
// PHOIHOP_SHIFTED_CLOCK=FILE: by how many nanoseconds it is ahead of the machine's is the
// int64_t at the beginning of the file, and may change at any moment. Waits that end at an instant
// of the wall clock end at that of the shifted one, as the kernel has it when somebody sets the
// clock: futex(2) (Abseil), pthread_cond_timedwait, pthread_cond_clockwait, sem_timedwait
// (MariaDB). libfaketime leaves futex(2) alone. Test only.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>

namespace {

constexpr int64_t kSecond = 1'000'000'000;
// A wait looks so often whether the clock was set meanwhile.
constexpr int64_t kSlice = 50'000'000;

// Without libc's function of that name, which is below.
long Raw(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

const std::atomic<int64_t>* MapShift() {
  static const std::atomic<int64_t> none = 0;
  const char* const path = getenv("PHOIHOP_SHIFTED_CLOCK");
  const int file = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return &none;
  void* const page = mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return page == MAP_FAILED ? &none : static_cast<const std::atomic<int64_t>*>(page);
}

int64_t Shift() {
  static const std::atomic<int64_t>* const shift = MapShift();
  return *shift;
}

int64_t Nanos(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }

timespec Time(int64_t nanos) {
  nanos = std::max<int64_t>(nanos, 0);
  return {static_cast<time_t>(nanos / kSecond), static_cast<long>(nanos % kSecond)};
}

int64_t Real() {
  timespec now{};
  Raw(SYS_clock_gettime, CLOCK_REALTIME, reinterpret_cast<long>(&now), 0, 0, 0, 0);
  return Nanos(now);
}

// When to look again, by the machine's clock, on the way to an instant of the shifted one.
timespec Slice(const timespec& until) {
  return Time(std::min(Nanos(until) - Shift(), Real() + kSlice));
}

bool Over(const timespec& until) { return Real() + Shift() >= Nanos(until); }

template <class Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) {
  const long result = Raw(SYS_clock_gettime, clock, reinterpret_cast<long>(time), 0, 0, 0, 0);
  if (result < 0) {
    errno = static_cast<int>(-result);
    return -1;
  }
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
    *time = Time(Nanos(*time) + Shift());
  return 0;
}

int gettimeofday(timeval* time, void*) {
  const timespec now = Time(Real() + Shift());
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) {
  const time_t now = Time(Real() + Shift()).tv_sec;
  if (out != nullptr) *out = now;
  return now;
}

int timespec_get(timespec* time, int base) {
  if (base != TIME_UTC) return 0;
  *time = Time(Real() + Shift());
  return base;
}

long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  long result;
  constexpr long kWall = FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME;
  if (number == SYS_futex && (a[1] & ~FUTEX_PRIVATE_FLAG) == kWall && a[3] != 0) {
    const timespec until = *std::bit_cast<const timespec*>(a[3]);
    do {
      const timespec slice = Slice(until);
      result = Raw(number, a[0], a[1], a[2], reinterpret_cast<long>(&slice), a[4], a[5]);
    } while (result == -ETIMEDOUT && !Over(until));
  } else {
    result = Raw(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  }
  if (result >= 0 || result < -4095) return result;
  errno = static_cast<int>(-result);
  return -1;
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  static const auto next =
      Next<int (*)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>(
          "pthread_cond_clockwait");
  if (clock != CLOCK_REALTIME) return next(condition, mutex, clock, until);
  const timespec slice = Slice(*until);
  const int result = next(condition, mutex, clock, &slice);
  // A wait may end for no reason, and its callers look: that is simpler than to miss a signal.
  return result == ETIMEDOUT && !Over(*until) ? 0 : result;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  // glibc keeps the clock of the condition in this bit.
  const bool steady = (condition->__data.__wrefs & 2) != 0;
  return pthread_cond_clockwait(condition, mutex, steady ? CLOCK_MONOTONIC : CLOCK_REALTIME, until);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
  static const auto next = Next<int (*)(sem_t*, const timespec*)>("sem_timedwait");
  while (true) {
    const timespec slice = Slice(*until);
    const int result = next(semaphore, &slice);
    if (result == 0 || errno != ETIMEDOUT || Over(*until)) return result;
  }
}

}  // extern "C"
