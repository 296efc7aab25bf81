// Finds the offsets of the words inside a standard library's types (data, size, end, ...) by
// looking at objects in known states. Entry: detail::probe, detail::probe_view. Invariant: an
// offset is reported only if exactly one place in the object agrees with the type's own functions
// in every state. In all other cases, also after a failed allocation, it stays -1.
#include <wirejit/reflect.h>

#include <array>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace wirejit::detail {
namespace {

static_assert(sizeof(void*) == 8 && sizeof(std::size_t) == 8, "offsets are those of 8-byte words");

// One state of an object: its bytes, and what its functions returned at that time.
struct State {
  std::vector<unsigned char> bytes;
  std::uint64_t data = 0;
  std::uint64_t end = 0;
  std::uint64_t size = 0;
};

// An object in zero-filled storage, so that bytes which its constructor does not write have a known
// value.
class Sample {
 public:
  Sample(const Layout& layout, void (*destroy)(void*) noexcept)
      : size_(layout.size),
        align_(std::align_val_t{layout.align}),
        storage_(::operator new(size_, align_)),
        destroy_(destroy) {
    std::memset(storage_, 0, size_);
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;
  ~Sample() {
    if (built_ && destroy_ != nullptr) {
      destroy_(storage_);
    }
    ::operator delete(storage_, align_);
  }

  template <class Construct>
  void build(Construct&& construct) {
    construct(storage_);
    built_ = true;
  }
  [[nodiscard]] void* object() noexcept { return storage_; }
  [[nodiscard]] State look(const void* data, const void* end, std::size_t size) const {
    State state{std::vector<unsigned char>(size_), address(data), address(end), size};
    std::memcpy(state.bytes.data(), storage_, size_);
    return state;
  }

 private:
  static std::uint64_t address(const void* p) noexcept {
    return reinterpret_cast<std::uintptr_t>(p);
  }

  std::size_t size_;
  std::align_val_t align_;
  void* storage_;
  void (*destroy_)(void*) noexcept;
  bool built_ = false;
};

using States = std::vector<State>;

// The only offset at which agrees(state, offset) holds in every state; -1 if there is none or
// several. Candidates are the multiples of `step`.
template <class Agrees>
std::int32_t only_place(const States& states, std::size_t step, std::size_t width,
                        Agrees&& agrees) {
  std::int32_t found = -1;
  for (std::size_t at = 0; !states.empty() && at + width <= states.front().bytes.size();
       at += step) {
    bool all = true;
    for (const State& state : states) {
      all = all && agrees(state, at);
    }
    if (all && found >= 0) {
      return -1;
    }
    found = all ? static_cast<std::int32_t>(at) : found;
  }
  return found;
}

std::int32_t only_word(const States& states, std::uint64_t State::* expected) {
  return only_place(states, 8, 8, [&](const State& state, std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, state.bytes.data() + at, sizeof(word));
    return word == state.*expected;
  });
}

// True if a string accepts a short text that is stored as generated code does it: the characters
// into its memory, then the size word. Tried on an empty string and on longer ones.
bool accepts_short_text(const Layout& l, const Lifetime& lifetime) {
  const std::vector<char> text(1000, 'x');
  for (const std::size_t length : {std::size_t{0}, std::size_t{16}, std::size_t{1000}}) {
    Sample sample(l, lifetime.destroy);
    sample.build(lifetime.construct);
    auto* const object = static_cast<unsigned char*>(sample.object());
    if (!l.string->assign(object, text.data(), length)) {
      return false;
    }
    if (length == 0) {  // the bytes must lie within the object
      const auto* const data = reinterpret_cast<const unsigned char*>(l.string->view(object).data);
      if (data < object || data + l.short_size + 1 > object + l.size) {
        return false;
      }
    }
    for (const std::uint64_t size : {std::uint64_t{l.short_size}, std::uint64_t{3}}) {
      auto* const data = const_cast<char*>(l.string->view(object).data);
      std::memset(data, 'a', l.short_size + 1);
      std::memcpy(object + l.size_offset, &size, sizeof size);
      data[size] = '\0';
      const ByteView view = l.string->view(object);
      if (view.data != data || view.size != size) {
        return false;
      }
    }
    if (!l.string->assign(object, text.data(), 500) || l.string->view(object).size != 500) {
      return false;
    }
  }
  return true;
}

// The offset of the word that points to the end of a sequence's capacity, or -1. It is the word
// after the end of the elements, and moving that end up to it has the effect of append().
std::int32_t find_capacity(const Layout& l, const Lifetime& lifetime) {
  const std::int32_t at = l.end_offset + 8;
  if (l.data_offset < 0 || l.end_offset < 0 || static_cast<std::uint32_t>(at) + 8 > l.size) {
    return -1;
  }
  Sample sample(l, lifetime.destroy);
  sample.build(lifetime.construct);
  auto* const object = static_cast<unsigned char*>(sample.object());
  const auto word = [&](std::int32_t offset) {
    std::uint64_t value = 0;
    std::memcpy(&value, object + offset, sizeof value);
    return value;
  };
  const std::uint64_t stride = l.stride;
  if (word(at) != word(l.data_offset) || l.sequence->resize(object, 4) == nullptr ||
      word(at) < word(l.data_offset) + 4 * stride || l.sequence->resize(object, 1) == nullptr) {
    return -1;
  }
  const std::uint64_t begin = word(l.data_offset);
  const std::uint64_t capacity = (word(at) - begin) / stride;
  if ((word(at) - begin) % stride != 0 || capacity > 1000) {
    return -1;
  }
  const std::uint64_t end = word(at) - stride;  // one more element fits
  std::memcpy(object + l.end_offset, &end, sizeof end);
  if (l.sequence->size(object) != capacity - 1) {
    return -1;
  }
  const auto* last = static_cast<const unsigned char*>(l.sequence->append(object));
  const bool in_place =
      reinterpret_cast<std::uintptr_t>(last) == end && word(l.data_offset) == begin;
  last = static_cast<const unsigned char*>(l.sequence->append(object));
  return in_place && last != nullptr && l.sequence->size(object) == capacity + 1 &&
                 word(at) > word(l.data_offset) + capacity * stride
             ? at
             : -1;
}

// Observes a string that is empty, short (stored inside the object where the library does that), on
// the heap, and shrunk below its capacity.
void probe_string(Layout& l, std::uint32_t short_size, const Lifetime& lifetime) {
  static constexpr std::array<std::size_t, 6> lengths{0, 5, 14, 40, 1000, 77};
  const std::vector<char> text(1000, 'x');
  States states;
  Sample empty(l, lifetime.destroy);
  Sample filled(l, lifetime.destroy);
  empty.build(lifetime.construct);
  filled.build(lifetime.construct);
  const auto look = [&](Sample& sample) {
    const ByteView view = l.string->view(sample.object());
    states.push_back(sample.look(view.data, view.data + view.size, view.size));
  };
  look(empty);
  for (const std::size_t length : lengths) {
    if (!l.string->assign(filled.object(), text.data(), length)) {
      return;
    }
    look(filled);
  }
  l.data_offset = only_word(states, &State::data);
  l.size_offset = only_word(states, &State::size);
  l.end_offset = only_word(states, &State::end);
  if (l.data_offset >= 0 && l.size_offset >= 0 && short_size != 0) {
    l.short_size = short_size;
    l.short_size = accepts_short_text(l, lifetime) ? short_size : 0;
  }
}

void probe_sequence(Layout& l, bool trivial_elements, const Lifetime& lifetime) {
  // The last two leave capacity unused.
  static constexpr std::array<std::size_t, 4> counts{1, 4, 2, 3};
  States states;
  Sample empty(l, lifetime.destroy);
  Sample filled(l, lifetime.destroy);
  empty.build(lifetime.construct);
  filled.build(lifetime.construct);
  const auto look = [&](Sample& sample) {
    const auto* data = static_cast<const unsigned char*>(l.sequence->data(sample.object()));
    const std::size_t size = l.sequence->size(sample.object());
    states.push_back(sample.look(data, size != 0 ? data + size * l.stride : data, size));
  };
  look(empty);
  for (const std::size_t count : counts) {
    if (l.sequence->resize(filled.object(), count) == nullptr) {
      return;
    }
    look(filled);
  }
  l.data_offset = only_word(states, &State::data);
  l.end_offset = only_word(states, &State::end);
  l.capacity_offset = trivial_elements ? find_capacity(l, lifetime) : -1;
}

// Observes optionals and pointers: absent, present, absent again, present again.
bool optional_states(const Layout& l, const Lifetime& lifetime, std::array<Sample*, 2> samples,
                     States& states) {
  for (Sample* sample : samples) {
    sample->build(lifetime.construct);
    for (int round = 0; round < 2; ++round) {
      const void* absent = l.optional->get(sample->object());
      states.push_back(sample->look(absent, nullptr, 0));
      if (l.optional->emplace(sample->object()) == nullptr) {
        return false;
      }
      const void* value = l.optional->get(sample->object());
      states.push_back(sample->look(value, sample->object(), 1));
      if (round == 0) {
        l.optional->reset(sample->object());
      }
    }
  }
  return true;
}

void probe_optional(Layout& l, const Lifetime& lifetime) {
  States states;
  Sample one(l, lifetime.destroy);
  Sample two(l, lifetime.destroy);
  if (!optional_states(l, lifetime, {&one, &two}, states)) {
    return;
  }
  if (l.form == Form::pointer) {
    l.flag_offset = only_word(states, &State::data);
    return;
  }
  // In states with a value, `end` is the object's address.
  const std::uint64_t value = states[1].data - states[1].end;
  for (const State& state : states) {
    if (state.size == 1 ? state.data - state.end != value : state.data != 0) {
      return;
    }
  }
  if (value > l.size || l.element->size > l.size - value) {
    return;
  }
  l.value_offset = static_cast<std::uint32_t>(value);
  l.flag_offset = only_place(states, 1, 1, [&](const State& state, std::size_t at) {
    const bool within_value = at >= value && at < value + l.element->size;
    return !within_value && state.bytes[at] == state.size;
  });
}

}  // namespace

void probe(Layout& layout, const Lifetime& lifetime) noexcept {
  // Both say what to probe for; they are set again only if the probe confirms them.
  const std::uint32_t short_size = std::exchange(layout.short_size, 0U);
  const bool trivial_elements = std::exchange(layout.capacity_offset, -1) >= 0;
  const Layout before = layout;
  try {
    switch (layout.form) {
      case Form::string: probe_string(layout, short_size, lifetime); break;
      case Form::sequence: probe_sequence(layout, trivial_elements, lifetime); break;
      case Form::optional:
      case Form::pointer: probe_optional(layout, lifetime); break;
      default: break;
    }
  } catch (...) {
    layout = before;
  }
  (void)failure_code();  // a failure that was noted here belongs to no call
}

void probe_view(Layout& layout, MakeView make) noexcept {
  const Layout before = layout;
  try {
    static constexpr std::array<std::size_t, 4> counts{0, 5, 3, 77};
    States states;
    for (const std::size_t count : counts) {
      Sample sample(layout, nullptr);
      // Never dereferenced.
      const void* data = reinterpret_cast<const void*>(std::uintptr_t{0x1000} * (count + 1));
      sample.build([&](void* at) { make(at, data, count); });
      states.push_back(sample.look(data, nullptr, count));
    }
    layout.data_offset = only_word(states, &State::data);
    layout.size_offset = only_word(states, &State::size);
  } catch (...) {
    layout = before;
  }
}

}  // namespace wirejit::detail
