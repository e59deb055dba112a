// Remembers what follows from a tree of units alone.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_TREE_MEMORY_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_TREE_MEMORY_H_

#include <cstddef>
#include <list>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/access/unit_tree.h"

namespace phoihop::agreements {

// Up to `limit` values, those that were asked for last. A value belongs to one tree, which it
// keeps alive: so the tree's address says which one it is, also after a restore of the directory,
// when another tree may have the same version. Thread safe.
template <class Key, class Value>
class TreeMemory {
 public:
  explicit TreeMemory(size_t limit) : limit_(limit) {}

  // The value for the tree and the key, made by `make` unless it is known. Two threads that ask at
  // once may both make it.
  template <class Make>
  std::shared_ptr<const Value> Get(const std::shared_ptr<const access::UnitTree>& tree,
                                   const Key& key, const Make& make) {
    {
      const absl::MutexLock lock(&mutex_);
      for (auto at = known_.begin(); at != known_.end(); ++at) {
        if (at->tree != tree || !(at->key == key)) continue;
        known_.splice(known_.begin(), known_, at);
        return at->value;
      }
    }
    auto value = std::make_shared<const Value>(make());
    const absl::MutexLock lock(&mutex_);
    // What belongs to a tree that has been replaced is not asked for again.
    known_.remove_if([&](const Known& one) {
      return one.tree != tree && one.tree.use_count() <= TreesHeld(one.tree);
    });
    known_.push_front({tree, key, value});
    if (known_.size() > limit_) known_.pop_back();
    return value;
  }

 private:
  struct Known {
    std::shared_ptr<const access::UnitTree> tree;
    Key key;
    std::shared_ptr<const Value> value;
  };

  // How many of the known values hold this tree.
  long TreesHeld(const std::shared_ptr<const access::UnitTree>& tree) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    long held = 0;
    for (const Known& one : known_) held += one.tree == tree ? 1 : 0;
    return held;
  }

  const size_t limit_;
  absl::Mutex mutex_;
  std::list<Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_TREE_MEMORY_H_
