// Clang's thread-safety analysis: which lock guards what, checked at compile time.
//
// A member says which mutex guards it, a function says which mutex its caller must hold, and a
// build with clang's -Wthread-safety rejects every access that breaks this. Other compilers see
// nothing.
//
//   class Shard {
//     void evict() COCACHED_REQUIRES(mutex_);        // the caller holds mutex_
//     base::Mutex mutex_;
//     Index index_ COCACHED_GUARDED_BY(mutex_);      // touched only while mutex_ is held
//   };
//
// These are the only macros of the project: clang has no [[clang::guarded_by]], only the GNU
// spelling, which g++ would warn about.
#pragma once

#include <mutex>

#if defined(__clang__)
#define COCACHED_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define COCACHED_THREAD_ANNOTATION(x)
#endif

/// On a member: read and written only while `mutex` is held; PT: the same for what it points at.
#define COCACHED_GUARDED_BY(mutex) COCACHED_THREAD_ANNOTATION(guarded_by(mutex))
#define COCACHED_PT_GUARDED_BY(mutex) COCACHED_THREAD_ANNOTATION(pt_guarded_by(mutex))

/// On a function: the caller holds these mutexes, or must not hold them.
#define COCACHED_REQUIRES(...) COCACHED_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define COCACHED_EXCLUDES(...) COCACHED_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

/// On a function: it takes or gives back these mutexes (its own object, when none is named).
#define COCACHED_ACQUIRE(...) COCACHED_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define COCACHED_TRY_ACQUIRE(...) COCACHED_THREAD_ANNOTATION(try_acquire_capability(__VA_ARGS__))
#define COCACHED_RELEASE(...) COCACHED_THREAD_ANNOTATION(release_capability(__VA_ARGS__))

/// On a function that returns a reference to `mutex`.
#define COCACHED_RETURN_CAPABILITY(mutex) COCACHED_THREAD_ANNOTATION(lock_returned(mutex))

/// On a function whose locking the analysis cannot follow; say why beside it.
#define COCACHED_NO_THREAD_SAFETY_ANALYSIS COCACHED_THREAD_ANNOTATION(no_thread_safety_analysis)

/// On a class: a mutex, or a lock that holds one from its constructor to its destructor.
#define COCACHED_CAPABILITY(name) COCACHED_THREAD_ANNOTATION(capability(name))
#define COCACHED_SCOPED_CAPABILITY COCACHED_THREAD_ANNOTATION(scoped_lockable)

namespace cocached::base {

/// std::mutex with annotations. Same size, same cost, same rules: not recursive, unlocked by the
/// thread that locked it.
class COCACHED_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() COCACHED_ACQUIRE() { mutex_.lock(); }
  void unlock() COCACHED_RELEASE() { mutex_.unlock(); }
  [[nodiscard]] bool try_lock() COCACHED_TRY_ACQUIRE(true) { return mutex_.try_lock(); }

 private:
  std::mutex mutex_;
};

/// Holds a mutex for as long as it lives.
class COCACHED_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) COCACHED_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }

  /// Adopts a mutex that the caller has locked already, as after a try_lock().
  MutexLock(Mutex& mutex, std::adopt_lock_t) COCACHED_REQUIRES(mutex) : mutex_(mutex) {}

  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  ~MutexLock() COCACHED_RELEASE() { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

}  // namespace cocached::base
