// Writes the normal form. A message is a list of fragments of the input. The positions of its known
// fields are collected, sorted by field, and written one field after another.
#include "pb/normal_form.h"

#include "jit/steps.h"
#include "kernels/utf8.h"
#include "kernels/varint.h"
#include "pb/parse.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wirejit::pb {

namespace {

// A part of the input with fields of one message.
struct Fragment {
  const std::uint8_t* begin;
  const std::uint8_t* end;
};
using Fragments = std::span<const Fragment>;

// An occurrence of a known field: its index in StructType::fields and the offset of its tag in the
// input. Occurrences are sorted by field, then by offset.
struct Occurrence {
  std::uint32_t field;
  std::uint64_t at;
  friend auto operator<=>(const Occurrence&, const Occurrence&) = default;
};
using Occurrences = std::span<const Occurrence>;

// The occurrences in one message. The first few are on the stack. Memory for more is allocated and
// charged to the budget until the list is destroyed.
class OccurrenceList {
 public:
  explicit OccurrenceList(std::size_t& budget) noexcept : budget_(budget) {}
  OccurrenceList(const OccurrenceList&) = delete;
  OccurrenceList& operator=(const OccurrenceList&) = delete;
  ~OccurrenceList() { budget_ += charged_; }

  // Returns false if the budget is exceeded.
  bool add(const Occurrence& a) {
    if (size_ < std::size(few_)) {
      few_[size_++] = a;
      return true;
    }
    if (size_ == std::max(many_.capacity(), std::size(few_))) {
      const std::size_t more = size_ * sizeof(Occurrence);  // old and new memory exist together
      if (2 * more > budget_ || !reserve(2 * size_)) {
        return false;
      }
    }
    many_.push_back(a);
    ++size_;
    return true;
  }
  [[nodiscard]] std::span<Occurrence> all() noexcept {
    return {many_.empty() ? few_ : many_.data(), size_};
  }
  void truncate(std::size_t size) noexcept { size_ = size; }

 private:
  bool reserve(std::size_t capacity) {
    const std::size_t bytes = capacity * sizeof(Occurrence);
    many_.reserve(capacity);
    if (many_.empty()) {
      many_.assign(few_, few_ + size_);
    }
    budget_ += charged_;
    budget_ -= std::min(bytes, budget_);
    charged_ = bytes;
    return true;
  }

  std::size_t& budget_;
  std::size_t charged_ = 0;
  std::size_t size_ = 0;
  Occurrence few_[6];
  std::vector<Occurrence> many_;
};

// A step of the path to the current field; on the stack.
struct Step {
  std::string_view name;
  const Step* outer;
};

constexpr std::size_t length_size = 5;  // bytes of a length in the output

class NormalForm {
 public:
  NormalForm(Bytes input, const NormalFormRules& rules, const Limits& limits, Buffer& out)
      : rules_(rules),
        begin_(input.data()),
        end_(input.data() + input.size()),
        depth_(static_cast<std::int32_t>(limits.depth)),
        budget_(limits.memory),
        out_(out) {}

  Result<void> run(const StructType& type) {
    const Fragment all{begin_, end_};
    if (reserve(static_cast<std::size_t>(end_ - begin_) + 64) && message(type, {&all, 1})) {
      return {};
    }
    Error::Detail detail;
    detail.code = error_;
    detail.offset = error_ == Errc::truncated || at_ == nullptr
                        ? static_cast<std::size_t>(end_ - begin_)
                        : static_cast<std::size_t>(at_ - begin_);
    detail.path = std::move(error_path_);
    detail.message = error_ == Errc::memory_limit
                         ? "a field is repeated, and merging it needs more memory than the limit"
                     : error_ == Errc::unknown_field
                         ? "an entry of a map has a field that is neither its key nor its value"
                         : "found while the fragments of a message were merged";
    return std::unexpected(Error(std::move(detail)));
  }

 private:
  bool fail(Errc code, const std::uint8_t* at) {
    error_ = code;
    at_ = at;
    error_path_.clear();
    for (const Step* step = step_; step != nullptr; step = step->outer) {
      error_path_.insert(0, step->name);
      if (step->outer != nullptr) {
        error_path_.insert(0, 1, '.');
      }
    }
    return false;
  }
  bool fail(const FieldCursor& fields) { return fail(fields.error(), fields.at()); }

  bool charge(std::size_t bytes) {
    if (bytes > budget_) {
      return fail(Errc::memory_limit, nullptr);
    }
    budget_ -= bytes;
    return true;
  }

  // Charges memory to the budget for its lifetime; converts to false if the budget is exceeded.
  class Charge {
   public:
    Charge(NormalForm& form, std::size_t bytes)
        : form_(form), bytes_(bytes), done_(form.charge(bytes)) {}
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;
    ~Charge() { form_.budget_ += done_ ? bytes_ : 0; }
    explicit operator bool() const noexcept { return done_; }

   private:
    NormalForm& form_;
    std::size_t bytes_;
    bool done_;
  };

  FieldCursor cursor(const Fragment& p) const { return {p.begin, p.end, depth_}; }
  // The field at the position of an occurrence.
  FieldCursor field_at(const Occurrence& a, const std::uint8_t* end) const {
    FieldCursor one(begin_ + a.at, end, depth_);
    (void)one.next();
    return one;
  }

  // ---- Output

  // Memory of the output is charged when it is allocated.
  bool reserve(std::size_t capacity) {
    const std::size_t before = out_.capacity();
    return capacity <= before || (charge(capacity - before) &&
                                  (out_.reserve(capacity) || fail(Errc::no_memory, nullptr)));
  }

  bool put(const void* data, std::size_t size) {
    if (discard_output_) {
      return true;
    }
    if (size > out_.capacity() - out_.size() &&
        !reserve(out_.capacity() + std::max(out_.capacity() / 2, size))) {
      return false;
    }
    jit::add_steps(1 + size / 8);
    return out_.append({static_cast<const std::uint8_t*>(data), size}) ||
           fail(Errc::no_memory, nullptr);
  }
  bool put(const std::string& bytes) { return put(bytes.data(), bytes.size()); }
  bool put_range(const std::uint8_t* from, const std::uint8_t* to) {
    return put(from, static_cast<std::size_t>(to - from));
  }
  bool put_varint(std::uint64_t value) {
    std::uint8_t bytes[kernels::varint_room];
    return put_range(bytes, kernels::write_varint(value, bytes));
  }

  // Writes the output of `content` with its length before it.
  template <class F>
  bool put_with_length(F&& content) {
    if (discard_output_) {
      return content();
    }
    const std::size_t hole = out_.size();
    if (!put("\0\0\0\0\0", length_size) || !content()) {
      return false;
    }
    std::size_t size = out_.size() - hole - length_size;
    if (size > std::size_t{0x7fffffff}) {
      return fail(Errc::size_limit, nullptr);
    }
    for (std::size_t k = 0; k < length_size; ++k, size >>= 7) {
      out_.storage()[hole + k] =
          static_cast<std::uint8_t>((size & 0x7f) | (k + 1 < length_size ? 0x80 : 0));
    }
    return true;
  }

  // ---- Messages

  bool message(const StructType& type, Fragments fragments, std::int32_t levels = 1) {
    if (depth_ < levels) {
      return fail(Errc::depth_limit, fragments.front().begin);
    }
    depth_ -= levels;
    const bool done =
        fragments.size() == 1 && !discard_output_ && is_normal(type, fragments.front())
            ? put_range(fragments.front().begin, fragments.front().end)
            : fields(type, fragments);
    depth_ += levels;
    return done;
  }

  // Whether the fragment is already in normal form: all its fields are known, in order, occur once,
  // and are neither messages nor lists nor in a oneof. The reader checks their text.
  bool is_normal(const StructType& type, const Fragment& fragment) {
    if (type.flavor == StructFlavor::union_ || type.message_set) {
      return false;
    }
    int last = -1;
    FieldCursor one = cursor(fragment);
    while (one.next()) {
      jit::add_steps(1);
      const int index = one.tag().end == one.begin() + 1 ? known(type, one) : -1;
      if (index <= last) {
        return false;
      }
      last = index;
      const Field& f = type.fields[static_cast<std::size_t>(index)];
      if (f.oneof >= 0 || form_of(f).shape != Shape::single || f.type->kind == Kind::structure) {
        return false;
      }
    }
    return one.error() == Errc::ok;
  }

  bool fields(const StructType& type, Fragments fragments) {
    OccurrenceList list(budget_);
    bool has_unknown = false;
    for (const Fragment& p : fragments) {
      FieldCursor fields = cursor(p);
      while (fields.next()) {
        const int index = known(type, fields);
        jit::add_steps(1);
        has_unknown |= index < 0 || may_have_unknown_numbers(type, index, fields);
        if (index < 0) {
          continue;
        }
        if (!list.add({static_cast<std::uint32_t>(index),
                       static_cast<std::uint64_t>(fields.begin() - begin_)})) {
          return fail(Errc::memory_limit, fields.begin());
        }
      }
      if (fields.error() != Errc::ok) {
        return fail(fields);
      }
    }
    std::ranges::sort(list.all());
    const std::vector<Occurrence> replaced = keep_last_members(type, list);
    const Occurrences all = list.all();
    if (rules_.reject_duplicate_fields && !replaced.empty()) {
      return fail(Errc::duplicate_field, begin_ + replaced.front().at);
    }
    for (const Occurrence& a : replaced) {
      if (!check(type.fields[a.field], a)) {
        return false;
      }
    }
    for (std::size_t i = 0; i < all.size();) {
      std::size_t k = i;
      while (k < all.size() && all[k].field == all[i].field) {
        ++k;
      }
      if (!step_into(type.fields[all[i].field], all.subspan(i, k - i))) {
        return false;
      }
      i = k;
    }
    return !has_unknown || unknown(type, fragments);
  }

  // The field's index, or -1 for an unknown field: an unknown number, a wrong wire type, or a value
  // that a closed enum lacks.
  static int known(const StructType& type, const FieldCursor& f) {
    if (is_item(type, f)) {
      const Item item = parse_item(f.value(), f.value_end());
      return item.message == nullptr
                 ? -1
                 : type.index_of_id(static_cast<std::int32_t>(item.number.value_or(0)));
    }
    const int index = type.index_of_id(f.number());
    if (index < 0) {
      return -1;
    }
    const Field& field = type.fields[static_cast<std::size_t>(index)];
    const FieldForm form = form_of(field);
    const bool list = form.shape == Shape::packed || form.shape == Shape::unpacked;
    const bool packed = list && is_packable(*field.type->element) && f.type() == WireType::length;
    if (f.type() != form.value && !packed) {
      return -1;
    }
    if (packed) {
      return index;
    }
    if (form.shape == Shape::map) {
      const EnumType* closed = closed_enum(*field.type->value);
      return closed == nullptr || has_member_value(*closed, after_tag(f), f.end()) ? index : -1;
    }
    const EnumType* closed = closed_enum(list ? *field.type->element : *field.type);
    return closed == nullptr || is_member(*closed, f.varint()) ? index : -1;
  }

  static bool is_item(const StructType& type, const FieldCursor& f) {
    return type.message_set && f.tag().word == item_begin;
  }
  static bool is_member(const EnumType& type, std::uint64_t value) {
    return type.find(static_cast<std::int32_t>(value)) != nullptr;
  }
  static const std::uint8_t* after_tag(const FieldCursor& f) { return f.tag().end; }

  // A value that is replaced must be well-formed, too. It is checked by writing it with the output
  // discarded.
  bool check(const Field& f, const Occurrence& a) {
    const bool outer = std::exchange(discard_output_, true);
    const bool done = step_into(f, {&a, 1});
    discard_output_ = outer;
    return done;
  }

  // Keeps, of each oneof, the occurrences of its last member that follow the last occurrence of
  // another member. Returns the occurrences that were removed.
  static std::vector<Occurrence> keep_last_members(const StructType& type, OccurrenceList& list) {
    const std::span<Occurrence> all = list.all();
    const bool is_union = type.flavor == StructFlavor::union_;
    const auto group_of = [&](const Occurrence& a) {
      return is_union ? 0 : type.fields[a.field].oneof;
    };
    if (std::ranges::none_of(all, [&](const Occurrence& a) { return group_of(a) >= 0; })) {
      return {};
    }
    struct Last {
      Occurrence winner{0, 0};
      std::uint64_t other = 0;  // after the last occurrence of another member
    };
    std::unordered_map<int, Last> groups;
    for (const Occurrence& a : all) {
      const int group = group_of(a);
      Last& last = groups[group];
      if (group >= 0 && a.at >= last.winner.at) {
        last.winner = a;
      }
    }
    for (const Occurrence& a : all) {
      if (const int group = group_of(a); group >= 0 && a.field != groups[group].winner.field) {
        groups[group].other = std::max(groups[group].other, a.at + 1);
      }
    }
    std::vector<Occurrence> replaced;
    const auto kept = std::ranges::remove_if(all, [&](const Occurrence& a) {
      const int group = group_of(a);
      const bool out =
          group >= 0 && (a.field != groups[group].winner.field || a.at < groups[group].other);
      if (out) {
        replaced.push_back(a);
      }
      return out;
    });
    list.truncate(all.size() - kept.size());
    return replaced;
  }

  // ---- Fields: all occurrences of a field, in order

  bool step_into(const Field& f, Occurrences occurrences) {
    const Step step{f.name, step_};
    step_ = &step;
    const bool done = field(f, occurrences);
    step_ = step.outer;
    return done;
  }

  bool field(const Field& f, Occurrences occurrences) {
    const FieldForm form = form_of(f);
    if (rules_.reject_duplicate_fields && !check_duplicates(occurrences, form)) {
      return false;
    }
    switch (form.shape) {
      case Shape::packed: return packed(f, occurrences, form);
      case Shape::unpacked: return unpacked(f, occurrences, form);
      case Shape::map: return map(f, occurrences);
      case Shape::item:
      case Shape::single: break;
    }
    if (f.type->kind != Kind::structure) {
      for (const Occurrence& a : occurrences.first(occurrences.size() - 1)) {
        if (!check_text(*f.type, field_at(a, end_))) {
          return false;
        }
      }
      const FieldCursor last = field_at(occurrences.back(), end_);
      return check_text(*f.type, last) && put(tag_of(f.id, form.tag)) &&
             put_range(after_tag(last), last.end());
    }
    const auto fragment_at = [&](const Occurrence& a) -> Fragment {
      const FieldCursor fragment = field_at(a, end_);
      if (form.shape == Shape::item && fragment.type() == WireType::start_group) {
        const Item item = parse_item(fragment.value(), fragment.value_end());
        return {item.message, item.message_end};
      }
      return {fragment.value(), fragment.value_end()};
    };
    const Fragment first = fragment_at(occurrences.front());
    std::vector<Fragment> several;
    const Charge fragments_charge(
        *this, occurrences.size() > 1 ? occurrences.size() * sizeof(Fragment) : 0);
    if (!fragments_charge) {
      return false;
    }
    if (occurrences.size() > 1) {
      several.reserve(occurrences.size());
      std::ranges::transform(occurrences, std::back_inserter(several), fragment_at);
    }
    const Fragments fragments = several.empty() ? Fragments(&first, 1) : Fragments(several);
    if (form.shape == Shape::item) {  // two levels: the group and the message
      return put(tag_of(f)) &&
             put_with_length([&] { return message(*f.type->structure, fragments, 2); }) &&
             put(std::string(item_end));
    }
    return put_message(f.id, *f.type, fragments);
  }

  // As in the reader, adjacent elements or entries count as one occurrence of their field; a packed
  // list is one occurrence.
  bool check_duplicates(Occurrences occurrences, const FieldForm& form) {
    for (std::size_t k = 1; k < occurrences.size(); ++k) {
      const FieldCursor before = field_at(occurrences[k - 1], end_);
      const bool follows = before.end() == begin_ + occurrences[k].at;
      const bool both_packed = form.shape == Shape::packed && before.type() == WireType::length &&
                               field_at(occurrences[k], end_).type() == WireType::length;
      const bool single = form.shape == Shape::item || form.shape == Shape::single;
      if (single || both_packed || !follows) {
        return fail(Errc::duplicate_field, begin_ + occurrences[k].at);
      }
    }
    return true;
  }

  bool check_text(const Type& type, const FieldCursor& f) {
    if (type.kind != Kind::string || type.wire == Wire::unchecked || !rules_.check_utf8) {
      return true;
    }
    const char* bad =
        kernels::find_invalid_utf8(reinterpret_cast<const char*>(f.value()),
                                   static_cast<std::size_t>(f.value_end() - f.value()));
    return bad == nullptr || fail(Errc::invalid_utf8, reinterpret_cast<const std::uint8_t*>(bad));
  }

  bool put_message(std::int32_t number, const Type& type, Fragments fragments) {
    const StructType& s = *type.structure;
    if (type.wire == Wire::delimited) {
      return put(tag_of(number, WireType::start_group)) && message(s, fragments) &&
             put(tag_of(number, WireType::end_group));
    }
    return put(tag_of(number, WireType::length)) &&
           put_with_length([&] { return message(s, fragments); });
  }

  // Calls each(begin, end, varint) for the elements of a packed list, or for an unpacked element.
  template <class F>
  bool for_each_number(const FieldCursor& f, WireType element, F&& each) {
    if (f.type() != WireType::length) {
      return each(f.value(), f.end(), f.varint());
    }
    const std::uint8_t* at = f.value();
    const unsigned size = fixed_size(element);
    while (at != f.value_end()) {
      std::uint64_t value = 0;
      const std::uint8_t* next = at + size;
      if (size == 0) {
        const kernels::Varint v = kernels::read_varint(at, f.value_end());
        next = v.at;
        value = v.value;
        if (next == nullptr) {
          const bool cut = kernels::varint_is_cut(at, f.value_end());
          return fail(cut ? Errc::truncated : Errc::invalid_varint, at);
        }
      } else if (static_cast<std::size_t>(f.value_end() - at) < size) {
        return fail(Errc::truncated, at);
      }
      if (!each(at, next, value)) {
        return false;
      }
      at = next;
    }
    return true;
  }

  bool numbers(const Field& f, Occurrences occurrences, WireType element,
               const std::string& before) {
    const EnumType* closed = closed_enum(*f.type->element);
    return std::all_of(occurrences.begin(), occurrences.end(), [&](const Occurrence& a) {
      return for_each_number(
          field_at(a, end_), element,
          [&](const std::uint8_t* at, const std::uint8_t* end, std::uint64_t value) {
            return (closed != nullptr && !is_member(*closed, value)) ||
                   (put(before) && put_range(at, end));
          });
    });
  }

  bool packed(const Field& f, Occurrences occurrences, const FieldForm& form) {
    return put(tag_of(f.id, form.tag)) &&
           put_with_length([&] { return numbers(f, occurrences, form.value, {}); });
  }

  bool unpacked(const Field& f, Occurrences occurrences, const FieldForm& form) {
    if (is_packable(*f.type->element)) {
      return numbers(f, occurrences, form.value, tag_of(f.id, form.tag));
    }
    for (const Occurrence& a : occurrences) {
      const FieldCursor one = field_at(a, end_);
      const Fragment value{one.value(), one.value_end()};
      const bool done = f.type->element->kind == Kind::structure
                            ? put_message(f.id, *f.type->element, {&value, 1})
                            : put(tag_of(f.id, form.tag)) && put_range(after_tag(one), one.end());
      if (!done) {
        return false;
      }
    }
    return true;
  }

  // ---- Maps

  bool map(const Field& f, Occurrences occurrences) {
    struct Entry {
      MapKey key;
      std::size_t order;
    };
    const Charge entries_charge(*this, occurrences.size() * (sizeof(Entry) + 1));
    if (!entries_charge) {
      return false;
    }
    std::vector<Entry> entries;
    entries.reserve(occurrences.size());
    for (std::size_t i = 0; i < occurrences.size(); ++i) {
      const FieldCursor one = field_at(occurrences[i], end_);
      entries.push_back({map_key(*f.type->key, one.value(), one.value_end()), i});
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.key != b.key ? a.key < b.key : a.order < b.order;
    });
    std::vector<bool> kept(occurrences.size());
    std::size_t first_duplicate = occurrences.size();  // the first entry with a repeated key
    for (std::size_t i = 0; i < entries.size(); ++i) {
      kept[entries[i].order] = i + 1 == entries.size() || entries[i].key != entries[i + 1].key;
      if (i > 0 && entries[i].key == entries[i - 1].key) {
        first_duplicate = std::min(first_duplicate, entries[i].order);
      }
    }
    if (rules_.reject_duplicate_keys && first_duplicate < occurrences.size()) {
      return fail(Errc::duplicate_key, field_at(occurrences[first_duplicate], end_).value());
    }
    for (std::size_t i = 0; i < occurrences.size(); ++i) {
      const FieldCursor one = field_at(occurrences[i], end_);
      const bool outer = std::exchange(discard_output_, discard_output_ || !kept[i]);
      const bool done = put(tag_of(f.id, WireType::length)) &&
                        put_with_length([&] { return entry(*f.type, one); });
      discard_output_ = outer;
      if (!done) {
        return false;
      }
    }
    return true;
  }

  bool entry(const Type& type, const FieldCursor& one) {
    std::optional<Fragment> key;
    std::vector<Fragment> values;
    const WireType key_wire = wire_type(*type.key);
    const WireType value_wire = wire_type(*type.value);
    const bool of_messages = type.value->kind == Kind::structure;
    FieldCursor parts = cursor({one.value(), one.value_end()});
    while (parts.next()) {
      const bool is_key = parts.number() == 1 && parts.type() == key_wire;
      const bool is_value = parts.number() == 2 && parts.type() == value_wire;
      if ((is_key || is_value) && !check_text(is_key ? *type.key : *type.value, parts)) {
        return false;
      }
      if (is_key) {
        key = {after_tag(parts), parts.end()};
      } else if (is_value) {
        if (!of_messages) {
          values.clear();
        }
        const bool is_full = values.size() >= 4 && values.size() == values.capacity();
        if (is_full && !charge(values.size() * sizeof(Fragment))) {
          return false;
        }
        values.push_back(of_messages ? Fragment{parts.value(), parts.value_end()}
                                     : Fragment{after_tag(parts), parts.end()});
      } else if (rules_.reject_unknown_in_entries) {
        return fail(Errc::unknown_field, parts.begin());
      }
    }
    if (parts.error() != Errc::ok) {
      return fail(parts);
    }
    if (!put(tag_of(1, key_wire)) ||
        !(key ? put_range(key->begin, key->end) : put_zero(*type.key))) {
      return false;
    }
    if (of_messages) {
      static constexpr std::uint8_t nothing = 0;
      if (values.empty()) {
        values.push_back({&nothing, &nothing});
      }
      return put_message(2, *type.value, values);
    }
    return put(tag_of(2, value_wire)) &&
           (values.empty() ? put_zero(*type.value)
                           : put_range(values.front().begin, values.front().end));
  }

  bool put_zero(const Type& type) {
    const EnumType* closed = closed_enum(type);
    if (closed != nullptr && !closed->values.empty()) {
      return put_varint(static_cast<std::uint64_t>(std::int64_t{closed->values.front().number}));
    }
    const unsigned size = fixed_size(wire_type(type));
    return put("\0\0\0\0\0\0\0\0", size == 0 ? 1 : size);
  }

  // ---- Unknown fields, in order

  bool unknown(const StructType& type, Fragments fragments) {
    for (const Fragment& p : fragments) {
      FieldCursor fields = cursor(p);
      while (fields.next()) {
        const int index = known(type, fields);
        if (index < 0 ? !put_range(fields.begin(), fields.end())
                      : !unknown_numbers(type.fields[static_cast<std::size_t>(index)], fields)) {
          return false;
        }
      }
    }
    return true;
  }

  // The closed enum of a packed list, which may contain unknown numbers; null for other fields.
  static const EnumType* enum_of_packed(const Field& f, const FieldCursor& fields) {
    const Type* element = f.type->element;
    return element == nullptr || f.type->kind == Kind::map || fields.type() != WireType::length
               ? nullptr
               : closed_enum(*element);
  }
  static bool may_have_unknown_numbers(const StructType& type, int index,
                                       const FieldCursor& fields) {
    return enum_of_packed(type.fields[static_cast<std::size_t>(index)], fields) != nullptr;
  }

  // Writes the unknown numbers of a packed list of a closed enum.
  bool unknown_numbers(const Field& f, const FieldCursor& fields) {
    const EnumType* closed = enum_of_packed(f, fields);
    if (closed == nullptr) {
      return true;
    }
    return for_each_number(
        fields, WireType::varint,
        [&](const std::uint8_t* at, const std::uint8_t* end, std::uint64_t value) {
          return is_member(*closed, value) ||
                 (put(tag_of(f.id, WireType::varint)) && put_range(at, end));
        });
  }

  NormalFormRules rules_;
  const std::uint8_t* begin_;
  const std::uint8_t* end_;
  std::int32_t depth_;
  std::size_t budget_;
  Buffer& out_;
  const Step* step_ = nullptr;  // the current field
  std::string error_path_;
  bool discard_output_ = false;
  Errc error_ = Errc::ok;
  const std::uint8_t* at_ = nullptr;
};

constexpr std::size_t max_checked_fields = 512;

}  // namespace

bool has_duplicate_field(const StructType& type, Bytes input, std::int32_t depth) noexcept {
  if (type.fields.size() > max_checked_fields || type.message_set) {
    return false;
  }
  std::uint64_t seen[max_checked_fields / 64] = {};
  std::uint64_t groups = 0;
  FieldCursor fields(input.data(), input.data() + input.size(), depth);
  while (fields.next()) {
    const int index = type.index_of_id(fields.number());
    if (index < 0) {
      continue;
    }
    const auto i = static_cast<std::size_t>(index);
    const Field& f = type.fields[i];
    const int group = type.flavor == StructFlavor::union_ ? 0 : f.oneof;
    const bool in_group = group >= 0 && group < 64;
    const bool is_container =
        f.type->kind == Kind::list || f.type->kind == Kind::set || f.type->kind == Kind::map;
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    const std::uint64_t group_bit = in_group ? std::uint64_t{1} << group : 0;
    if ((!is_container && (seen[i / 64] & bit) != 0) || (groups & group_bit) != 0) {
      return true;
    }
    seen[i / 64] |= bit;
    groups |= group_bit;
  }
  return false;
}

Result<void> normal_form(const StructType& type, Bytes input, const NormalFormRules& rules,
                         const Limits& limits, Buffer& out) {
  try {
    return NormalForm(input, rules, limits, out).run(type);
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

}  // namespace wirejit::pb
