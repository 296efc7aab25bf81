/// @file
/// Codecs between formats and records: data without C++ types.
/// Entry: Engine::record_codec. Invariant: as for engine.h; decoded records live in the arena that
/// the caller gives.
///
///     auto type = RecordType::make(schema, "Order");
///     auto codec = engine.record_codec(*type, thrift::binary);
///     Arena arena;  // reuse it: after a reset() nothing is allocated once warm
///     Result<Record> order = codec->decode(bytes, arena);
///     Buffer out;
///     auto written = codec->encode(*order, out);
///
/// Strings are copied into the arena; with Options::alias_input they point into the input, which
/// must then outlive the record.
#pragma once

#include <wirejit/engine.h>
#include <wirejit/record.h>

namespace wirejit {

namespace detail {

// One direction of a RecordCodec.
class RecordHalf : public CodecBase {
 public:
  explicit RecordHalf(Compilation&& made) noexcept : CodecBase(std::move(made)) {}
  using CodecBase::decode_object;
  using CodecBase::decode_prefix_object;
  using CodecBase::encode_object;
};

}  // namespace detail

/// What stood at the start of an input.
template <class V>
struct Prefix {
  V value;                ///< what was read
  std::size_t bytes = 0;  ///< how many bytes it took
};

/// Reads and writes records of one type in one format. Immutable: any number of threads may use one
/// at once, each with an arena of its own. Moving copies: what was moved from stays usable.
class RecordCodec : public CodecPair<detail::RecordHalf, detail::RecordHalf> {
 public:
  /// The type of what is read and written.
  [[nodiscard]] const RecordType& type() const noexcept { return type_; }

  /// Reads a record; type_mismatch if type() is no struct. The record lives in `arena`
  /// (CallOptions::arena is not used). A call that fails keeps nothing of the message in the arena.
  [[nodiscard]] Result<Record> decode(const Input& input, Arena& arena,
                                      const CallOptions& call = detail::default_call) const {
    return detail::is_default(call) ? decode_record(input, arena)
                                    : decode_record(input, arena, call.limits);
  }
  /// The same of any type: lists, maps and scalars, too.
  [[nodiscard]] Result<Value> decode_value(const Input& input, Arena& arena,
                                           const CallOptions& call = detail::default_call) const {
    return detail::is_default(call) ? decode_any(input, arena)
                                    : decode_any(input, arena, call.limits);
  }
  /// As decode() of the record that the input begins with, whatever follows it. What the input may
  /// be, and errors, are those of Decoder::decode_prefix.
  [[nodiscard]] Result<Prefix<Record>> decode_prefix(
      const Input& input, Arena& arena, const CallOptions& call = detail::default_call) const;
  /// The same of any type: lists, maps and scalars, too.
  [[nodiscard]] Result<Prefix<Value>> decode_value_prefix(
      const Input& input, Arena& arena, const CallOptions& call = detail::default_call) const;

  /// Appends to `out`, a Buffer, a std::string or a Chain. The record or value must be of type();
  /// type_mismatch otherwise, not_found if it is empty. After an error, `out` is as before the
  /// call.
  [[nodiscard]] Result<void> encode(const RecordView& record, Output out,
                                    const CallOptions& call = detail::default_call) const {
    if (out.chain() != nullptr) {
      return append(record, *out.chain(), call);
    }
    return detail::encode_into(out, [&](Buffer& buffer) {
      return detail::is_default(call) ? append(record, buffer)
                                      : append(record, buffer, call.limits);
    });
  }
  /// The same of a value of any type.
  [[nodiscard]] Result<void> encode(const Value& value, Output out,
                                    const CallOptions& call = detail::default_call) const {
    if (out.chain() != nullptr) {
      return append(value, *out.chain(), call);
    }
    return detail::encode_into(out, [&](Buffer& buffer) {
      return detail::is_default(call) ? append(value, buffer) : append(value, buffer, call.limits);
    });
  }
  /// Writes to the start of `out` and returns the size, as Encoder::encode.
  [[nodiscard]] Result<std::size_t> encode(const RecordView& record, OutputSpan out,
                                           const CallOptions& call = detail::default_call) const {
    return detail::encode_into(out, [&](Buffer& buffer) {
      return detail::is_default(call) ? append(record, buffer)
                                      : append(record, buffer, call.limits);
    });
  }
  /// The same of a value of any type.
  [[nodiscard]] Result<std::size_t> encode(const Value& value, OutputSpan out,
                                           const CallOptions& call = detail::default_call) const {
    return detail::encode_into(out, [&](Buffer& buffer) {
      return detail::is_default(call) ? append(value, buffer) : append(value, buffer, call.limits);
    });
  }

 private:
  friend class Engine;
  // `decode(object, mark)` reads into new memory of the arena, which is given back if it fails.
  // Returns the object, or null with the error in `done`.
  template <class L, class F>
  [[nodiscard]] void* decode_new(Arena& arena, const L& layout, Result<void>& done,
                                 F&& decode) const;
  template <class R, class L>
  [[nodiscard]] R value_of(void* object, const L& layout, Arena& arena) const;
  template <class R, class L>
  [[nodiscard]] Result<R> decode_into(const Input& input, Arena& arena, const L* layout,
                                      const Limits* limits) const;
  template <class R, class L>
  [[nodiscard]] Result<Prefix<R>> decode_prefix_into(const Input& input, Arena& arena,
                                                     const L& layout,
                                                     const CallOptions& call) const;
  // With the default limits, which are constants, or with others.
  [[nodiscard]] Result<Record> decode_record(const Input& input, Arena& arena) const;
  [[nodiscard]] Result<Record> decode_record(const Input& input, Arena& arena,
                                             const Limits& limits) const;
  [[nodiscard]] Result<Value> decode_any(const Input& input, Arena& arena) const;
  [[nodiscard]] Result<Value> decode_any(const Input& input, Arena& arena,
                                         const Limits& limits) const;
  [[nodiscard]] Result<void> append(const RecordView& record, Buffer& out) const;
  [[nodiscard]] Result<void> append(const RecordView& record, Buffer& out,
                                    const Limits& limits) const;
  [[nodiscard]] Result<void> append(const Value& value, Buffer& out) const;
  [[nodiscard]] Result<void> append(const Value& value, Buffer& out, const Limits& limits) const;
  [[nodiscard]] Result<void> append(const RecordView& record, Chain& out,
                                    const CallOptions& call) const;
  [[nodiscard]] Result<void> append(const Value& value, Chain& out, const CallOptions& call) const;
  RecordCodec(const RecordType& type, detail::Compilation&& made)
      : CodecPair(detail::RecordHalf({.first = std::move(made.first)}),
                  detail::RecordHalf({.first = std::move(made.second)})),
        type_(type),
        layout_(&type_.layout()),
        structure_(type_.structure()) {}

  RecordType type_;
  const Layout* layout_;           // of the root, found once
  const StructLayout* structure_;  // null if the root is no struct
};

}  // namespace wirejit
