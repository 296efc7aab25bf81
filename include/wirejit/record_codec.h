// Codecs between formats and records: data without C++ types.
// Entry: RecordCodec::make. Invariant: as for codec.h; decoded records live in the arena that the
// caller gives.
//
//   auto type = RecordType::make(schema, "Order");
//   auto codec = RecordCodec::make(engine, *type, thrift::binary);
//   Arena arena;                                   // reuse it: after a reset() nothing is
//   allocated once warm Result<Record> order = codec->decode(bytes, arena); Buffer out; auto
//   written = codec->encode(*order, out);
//
// Strings are copied into the arena; with Options::alias_input they point into the input, which
// must then outlive the record.
#pragma once

#include <wirejit/engine.h>
#include <wirejit/record.h>

namespace wirejit {

class RecordCodec {
 public:
  // Errors: unsupported (a type that the format cannot hold), code_memory, not_found (an empty type
  // or format).
  [[nodiscard]] static Result<RecordCodec> make(const Engine& engine, const RecordType& type,
                                                const Format& format, const Options& options = {});

  [[nodiscard]] const RecordType& type() const noexcept { return type_; }

  // Only where the root is a struct; type_mismatch otherwise. A call that fails keeps nothing of
  // the message in the arena.
  [[nodiscard]] Result<Record> decode(const Input& input, Arena& arena) const;
  // Any root: lists, maps and scalars, too.
  [[nodiscard]] Result<Value> decode_value(const Input& input, Arena& arena) const;

  /// Appends to `out`, a Buffer or a std::string. The record or value must be of type();
  /// type_mismatch otherwise, not_found if it is empty. After an error, `out` is as before the call.
  [[nodiscard]] Result<void> encode(const RecordView& record, Output out) const {
    return detail::encode_into(out, [&](Buffer& buffer) { return append(record, buffer); });
  }
  [[nodiscard]] Result<void> encode(const Value& value, Output out) const {
    return detail::encode_into(out, [&](Buffer& buffer) { return append(value, buffer); });
  }
  /// Writes to the start of `out` and returns the size, as Encoder::encode.
  [[nodiscard]] Result<std::size_t> encode(const RecordView& record, OutputSpan out) const {
    return detail::encode_into(out, [&](Buffer& buffer) { return append(record, buffer); });
  }
  [[nodiscard]] Result<std::size_t> encode(const Value& value, OutputSpan out) const {
    return detail::encode_into(out, [&](Buffer& buffer) { return append(value, buffer); });
  }

  [[nodiscard]] const CodecBase& encoder() const noexcept { return encoder_; }
  [[nodiscard]] const CodecBase& decoder() const noexcept { return decoder_; }

 private:
  class Half : public CodecBase {
   public:
    explicit Half(std::shared_ptr<const detail::CodecState> c) noexcept : CodecBase(std::move(c)) {}
    using CodecBase::decode_object;
    using CodecBase::encode_object;
  };
  [[nodiscard]] Result<void> append(const RecordView& record, Buffer& out) const;
  [[nodiscard]] Result<void> append(const Value& value, Buffer& out) const;
  [[nodiscard]] Result<void*> decode_in(Arena& arena, const Input& input, std::size_t size) const;
  RecordCodec(const RecordType& type, Half encoder, Half decoder)
      : type_(type),
        layout_(&type_.layout()),
        structure_(type_.structure()),
        encoder_(std::move(encoder)),
        decoder_(std::move(decoder)) {}

  RecordType type_;
  const Layout* layout_;           // of the root, found once
  const StructLayout* structure_;  // null if the root is no struct
  Half encoder_;
  Half decoder_;
};

}  // namespace wirejit
