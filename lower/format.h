// FormatImpl: the implementation that a public Format value holds.
// Entry: each format folder defines one constant of a class derived from this. Invariant:
// immutable; equals() tells apart all values whose readers or writers would differ.
#pragma once

#include "core/members.h"
#include "lower/reader.h"
#include "lower/skip_machine.h"
#include "lower/writer.h"

#include <wirejit/buffer.h>
#include <wirejit/format.h>
#include <wirejit/options.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace wirejit::lower {

// A call that failed while it read an input, as far as the driver knows it.
struct ReadFailure {
  Errc code = Errc::ok;
  Bytes input;
  std::size_t offset = 0;                 // where it was noticed
  const Type* type = nullptr;             // of the value at fault; null: not known
  const StructType* structure = nullptr;  // of the struct at fault; null: none, or not known
  std::size_t steps = 0;                  // of the path to it: fields, elements, keys, values
  bool by_helper = false;  // a helper rejected the input, not the Program's own check
};
// What the format knows about it from the bytes that are there.
struct Description {
  std::string message;  // what was found and what was expected; empty: the code says all
  std::string inner;    // the rest of the path, within the struct at fault: "lines[1].sku"
};

// A length that stands in front of a value.
struct LengthInFront {
  Errc error = Errc::ok;   // why it cannot be read: truncated, invalid_varint
  std::size_t bytes = 0;   // of the length itself
  std::uint64_t size = 0;  // of the value
};

class FormatImpl : public wirejit::detail::FormatState {
 public:
  constexpr FormatImpl() = default;
  constexpr virtual ~FormatImpl() = default;

  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // as users write it
  [[nodiscard]] virtual bool is_text() const noexcept = 0;           // errors carry line and column
  // Whether readers and writers of both are the same: the format and its options. Equal formats
  // have equal hashes. FormatOf does both.
  [[nodiscard]] virtual bool equals(const FormatImpl& other) const noexcept = 0;
  [[nodiscard]] virtual std::size_t hash() const noexcept = 0;
  // Whether values lie as objects in memory, not as the bytes of a message.
  [[nodiscard]] virtual bool is_memory() const noexcept { return false; }
  // Memory: whether objects have room for unknown fields.
  [[nodiscard]] virtual bool holds_unknown() const { return false; }
  // What becomes of unknown fields that are read, unless the caller says it.
  [[nodiscard]] virtual Unknown default_unknown() const noexcept { return Unknown::skip; }
  // The format must live as long as what it makes.
  [[nodiscard]] virtual std::unique_ptr<Reader> make_reader(
      const CompileOptions& options) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Writer> make_writer(
      const CompileOptions& options) const = 0;

  // Whether the format can hold the fields of this struct, those of nested structs apart; else
  // Errc::unsupported, naming one (unheld). See check_formats.
  [[nodiscard]] virtual Result<void> check(const StructType&) const { return {}; }

  // What finds the end of a value of that kind without its schema; null where that cannot be done.
  // It may throw std::bad_alloc.
  [[nodiscard]] virtual std::unique_ptr<SkipMachine> make_skipper(Kind root,
                                                                  const Limits& limits) const {
    return (void)root, (void)limits, nullptr;
  }

  // Runs after a failure. The writer may be to blame: nothing is to be said that the bytes do not
  // prove.
  [[nodiscard]] virtual Description describe(const ReadFailure&) const { return {}; }

  // Values of some formats do not say where they end. Where others may follow such a value, its
  // length stands in front. Returns what the bytes begin with; nullopt: values end by themselves.
  [[nodiscard]] virtual std::optional<LengthInFront> length_in_front(Bytes) const noexcept {
    return std::nullopt;
  }

  // Whether a field of the root occurs more than once, so that an optimistic run fails with a
  // restart. The check is cheap, and false promises nothing. Callers whose input has nested
  // conversions check first: the run would restart only after it had done all of those. `ctx` is
  // the Context of the call, or one that was started in the same way.
  [[nodiscard]] virtual bool has_duplicate_field(jit::Context& ctx, const Type& type,
                                                 Bytes input) const noexcept {
    return (void)ctx, (void)type, (void)input, false;
  }

  // Readers with DuplicateRule::merges: normal_form() appends to `out` the same message, in which
  // no field occurs in several parts.
  [[nodiscard]] virtual bool has_normal_form() const noexcept { return false; }
  [[nodiscard]] virtual Result<void> normal_form(const Type& type, Bytes input,
                                                 const CompileOptions& options,
                                                 const Limits& limits, Buffer& out) const {
    (void)type, (void)input, (void)options, (void)limits, (void)out;
    return std::unexpected(Error(Errc::unsupported));
  }

  // Whether what writers copy to the output may be linked instead (jit::LinkingContext): they do
  // not look at it again, and no length is a distance in the output.
  [[nodiscard]] virtual bool may_link_bytes() const noexcept { return false; }
};

// What stands behind a format that is not empty.
[[nodiscard]] inline const FormatImpl& impl_of(const Format& format) noexcept {
  return static_cast<const FormatImpl&>(*format.state());
}

// A format whose values differ in their Options alone, of which F::options() tells. Options are a
// plain struct that can be compared.
template <class F>
class FormatOf : public FormatImpl {
 public:
  [[nodiscard]] bool equals(const FormatImpl& other) const noexcept final {
    return typeid(other) == typeid(F) &&
           static_cast<const F&>(other).options() == static_cast<const F&>(*this).options();
  }
  [[nodiscard]] std::size_t hash() const noexcept final {
    return core::Hasher().add(name()).add(static_cast<const F&>(*this).options()).hash();
  }
};
// Of formats that have none.
struct NoOptions {
  friend bool operator==(const NoOptions&, const NoOptions&) = default;
};

// What a format's folder offers by name (Format::by_name): the names are the formats' own.
using NamedFormats = std::span<const Format>;

// A format and the type that it is to read or write.
struct FormatUse {
  const FormatImpl* format = nullptr;
  const Type* type = nullptr;
};

// Asks each format about all structs that its type reaches, each once.
[[nodiscard]] Result<void> check_formats(const std::vector<FormatUse>& uses);

// The answer of FormatImpl::check: the field, its number, and why it cannot be held.
[[nodiscard]] Result<void> unheld(const StructType& type, const Field& field, std::string_view why);

}  // namespace wirejit::lower
