// Reflect<T> of std::map, std::unordered_map, std::set and std::unordered_set, with any comparison,
// hash and allocator. Entry: Reflect<T>::layout(). Invariant: an insertion never replaces what is
// there, and a failed one changes no value; keys that arrive in ascending order cost O(1) each in
// ordered containers; keys that a stranger chose cost a bounded number of comparisons each in hash
// tables.
#pragma once

#include <wirejit/detail/reflect_types.h>
#include <wirejit/seeded_hash.h>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace wirejit::detail {

template <class K>
inline constexpr bool is_word_key = std::is_arithmetic_v<K> || std::is_enum_v<K>;
// Makes a string-like key from bytes; BytesKey<K>::value says whether K is one.
template <class K>
struct BytesKey : std::false_type {};
template <class Traits, class A>
struct BytesKey<std::basic_string<char, Traits, A>> : std::true_type {
  static std::basic_string<char, Traits, A> make(const char* p, std::size_t n) {
    return {n != 0 ? p : "", n};
  }
};
template <class Traits>
struct BytesKey<std::basic_string_view<char, Traits>> : std::true_type {
  static std::basic_string_view<char, Traits> make(const char* p, std::size_t n) { return {p, n}; }
};
template <class E, class A>
struct BytesKey<std::vector<E, A>> : std::bool_constant<is_byte<E>> {
  static std::vector<E, A> make(const char* p, std::size_t n) {
    const E* first = reinterpret_cast<const E*>(p);
    return std::vector<E, A>(first, first + n);
  }
};

// Hash tables are looked at by samples: one of 64 insertions measures the chain that its key went
// to. Which ones is a secret of the process, or a stranger would collide at all the others.
class ChainSamples {
 public:
  // May be true without need where `hold` was not asked about this size before.
  static bool may_hold(std::size_t size) noexcept {
    return (word(size).load(std::memory_order_relaxed) >> (size % 64) & 1) == 0;
  }
  static bool hold(std::size_t size) noexcept {
    if (word(size).load(std::memory_order_relaxed) == 0) {
      const std::size_t secret = SeededHash()(size / 64 % 64);
      word(size).store(~(std::uint64_t{1} << (secret % 64)), std::memory_order_relaxed);
    }
    return may_hold(size);
  }

 private:
  // A word for 64 sizes, all over again after 4,096. A bit that is 0 is a sample, so that nothing
  // has to be made ready beforehand: a word of zeros is not drawn yet.
  static std::atomic<std::uint64_t>& word(std::size_t size) noexcept {
    static constinit std::atomic<std::uint64_t> words[64] = {};
    return words[size / 64 % 64];
  }
};

template <class C>
struct Associative {
  using Key = typename C::key_type;
  using Element = typename C::value_type;
  using Iterator = typename C::const_iterator;
  static constexpr bool is_map = requires { typename C::mapped_type; };
  static constexpr bool is_ordered = requires { typename C::key_compare; };
  static constexpr bool has_buckets = requires(C& c, const Key& key) {
    c.begin(c.bucket(key)) == c.end(c.bucket(key));
    c.rehash(c.bucket_count());
  };
  static_assert(
      is_ordered || has_buckets || !std::is_floating_point_v<Key>,
      "wirejit: floating point keys of a hash table without buckets (NaN equals nothing)");
  static_assert(
      sizeof(Iterator) <= sizeof(Iteration::state) && std::is_trivially_copyable_v<Iterator>,
      "wirejit: this container's iterators are not plain words (a checked standard library?)");

  static std::size_t size(const void* c) noexcept { return static_cast<const C*>(c)->size(); }
  static void clear(void* c) noexcept { static_cast<C*>(c)->clear(); }
  static void first(const void* c, Iteration* it) noexcept {
    stand(c, static_cast<const C*>(c)->begin(), it);
  }
  static void next(const void* c, Iteration* it) noexcept {
    Iterator at;
    std::memcpy(&at, it->state, sizeof(at));
    stand(c, ++at, it);
  }

  static Inserted insert_word(void* c, std::uint64_t word) noexcept {
    return guarded([&] { return insert(*static_cast<C*>(c), from_word<Key>(word)); });
  }
  static Inserted insert_bytes(void* c, const char* p, std::size_t n) noexcept {
    return guarded([&]() -> Inserted {
      C& container = *static_cast<C*>(c);
      // A transparent comparison finds a key that is there without building it.
      if constexpr (requires(std::string_view v) { container.find(v); }) {
        if (const auto at = container.find(std::string_view(p, n)); at != container.end()) {
          return {value_of(at), 0};
        }
      }
      return insert(container, BytesKey<Key>::make(p, n));
    });
  }
  static Inserted insert_object(void* c, void* key) noexcept {
    return guarded([&] { return insert(*static_cast<C*>(c), std::move(*static_cast<Key*>(key))); });
  }
  static void* make_key() noexcept {
    return guarded([] { return new Key(); });
  }
  static void destroy_key(void* key) noexcept { delete static_cast<Key*>(key); }

  static constexpr SetOps set_ops() noexcept {
    SetOps ops{{size, clear, first, next}, nullptr, nullptr, nullptr, nullptr, nullptr};
    if constexpr (is_word_key<Key>) {
      ops.insert_word = insert_word;
    } else {
      if constexpr (BytesKey<Key>::value) {
        ops.insert_bytes = insert_bytes;
      }
      ops.insert_object = insert_object;
      ops.make_key = make_key;
      ops.destroy_key = destroy_key;
    }
    return ops;
  }

 private:
  static void stand(const void* c, Iterator at, Iteration* it) noexcept {
    it->element = at == static_cast<const C*>(c)->end() ? nullptr : std::addressof(*at);
    std::memcpy(it->state, &at, sizeof(at));
  }
  template <class It>
  static void* value_of(It at) noexcept {
    if constexpr (is_map) {
      return std::addressof(at->second);
    } else {
      return const_cast<Key*>(std::addressof(*at));
    }
  }
  static const Key& key_of(const Element& e) {
    if constexpr (is_map) {
      return e.first;
    } else {
      return e;
    }
  }
  static Inserted insert(C& c, Key&& key) {
    if constexpr (is_ordered) {  // the hint makes ascending keys cheap, but hides whether the key
                                 // was new
      const std::size_t before = c.size();
      if constexpr (is_map) {
        const auto at = c.try_emplace(c.end(), std::move(key));
        return {value_of(at), c.size() - before};
      } else {
        const auto at = c.insert(c.end(), std::move(key));
        return {value_of(at), c.size() - before};
      }
    } else {
      if constexpr (std::is_floating_point_v<Key>) {
        if (std::isnan(key)) {
          return insert_nan(c);
        }
      }
      if constexpr (is_map) {
        const auto [at, fresh] = c.try_emplace(std::move(key));
        return hashed(c, std::addressof(*at), fresh);
      } else {
        const auto [at, fresh] = c.insert(std::move(key));
        return hashed(c, const_cast<Element*>(std::addressof(*at)), fresh);
      }
    }
  }

  // ---- Collisions
  //
  // An insertion compares its key with those of one bucket. A bucket is crowded with more keys than
  // usual_chain and than the square root of all: no hash that deserves the name comes near. Keys in
  // steps of the number of buckets do (std::hash of an integer is the integer), and are no attack:
  // another number of buckets spreads them. Keys that it does not spread are rejected.
  static constexpr std::size_t usual_chain = 512;

  static Inserted hashed(C& c, Element* element, bool fresh) {
    if constexpr (has_buckets) {
      if (c.size() > usual_chain && fresh && ChainSamples::may_hold(c.size())) [[unlikely]] {
        return spread(&c, element);
      }
    }
    return {value_of(element), fresh};
  }
  [[gnu::noinline, gnu::cold]] static Inserted spread(C* c, Element* element) noexcept {
    return guarded([&]() -> Inserted {
      if (!ChainSamples::hold(c->size()) || !is_crowded(*c, key_of(*element)) ||
          spreads_again(*c, key_of(*element))) {
        return {value_of(element), 1};
      }
      return {nullptr, Inserted::collisions};
    });
  }
  static bool is_crowded(const C& c, const Key& key) {
    const auto bucket = c.bucket(key);
    std::size_t chain = 0;
    for (auto at = c.begin(bucket); at != c.end(bucket); ++at) {
      ++chain;
      if (chain > usual_chain && chain > c.size() / chain) {
        return true;
      }
    }
    return false;
  }
  // Tries other numbers of buckets. Each try costs as much as the table is large; there are about
  // six of them before the table has doubled, since one of four buckets a key is not enlarged. One
  // that an earlier message left much larger is made smaller, once.
  static bool spreads_again(C& c, const Key& key) {
    if (c.bucket_count() / 16 >= c.size()) {
      c.rehash(2 * c.size());
    }
    while (is_crowded(c, key)) {
      const std::size_t before = c.bucket_count();
      if (before / 4 >= c.size()) {
        return false;
      }
      c.rehash(before + before / 4 + 1);
    }
    return true;
  }

  // NaN equals nothing, so a hash table takes any number of them into one bucket, in quadratic
  // time. We keep one.
  static Inserted insert_nan(C& c) {
    const Key nan = std::numeric_limits<Key>::quiet_NaN();
    if (c.bucket_count() != 0) {
      const auto bucket = c.bucket(nan);
      for (auto at = c.begin(bucket); at != c.end(bucket); ++at) {
        if (std::isnan(key_of(*at))) {
          return {value_of(at), 0};
        }
      }
    }
    if constexpr (is_map) {
      return {value_of(c.try_emplace(nan).first), 1};
    } else {
      return {value_of(c.insert(nan).first), 1};
    }
  }
};

template <class C>
struct SetReflect {
  static constexpr SetOps ops = Associative<C>::set_ops();
  static constexpr LayoutSource source() noexcept {
    auto s = start<C>(Form::set, Kind::set);
    s.element = &layout_slot<typename C::key_type>;
    s.layout.set = &ops;
    return s;
  }
};

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"  // of a pair that is not of standard layout
#endif
template <class C>
struct MapReflect {
  using Pair = typename C::value_type;
  static constexpr MapOps ops{Associative<C>::set_ops(), __builtin_offsetof(Pair, first),
                              __builtin_offsetof(Pair, second)};
  static constexpr LayoutSource source() noexcept {
    static_assert(std::is_default_constructible_v<typename C::mapped_type>,
                  "wirejit: a map's values must be default-constructible");
    auto s = start<C>(Form::map, Kind::map);
    s.key = &layout_slot<typename C::key_type>;
    s.element = &layout_slot<typename C::mapped_type>;
    s.layout.map = &ops;
    return s;
  }
};
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

}  // namespace wirejit::detail

namespace wirejit {

template <class K, class... R>
struct Reflect<std::set<K, R...>> : detail::SetReflect<std::set<K, R...>> {};
template <class K, class... R>
struct Reflect<std::unordered_set<K, R...>> : detail::SetReflect<std::unordered_set<K, R...>> {};
template <class K, class V, class... R>
struct Reflect<std::map<K, V, R...>> : detail::MapReflect<std::map<K, V, R...>> {};
template <class K, class V, class... R>
struct Reflect<std::unordered_map<K, V, R...>>
    : detail::MapReflect<std::unordered_map<K, V, R...>> {};

}  // namespace wirejit
