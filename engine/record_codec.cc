// Codecs of records.
// Entry: Engine::record_codec. Invariant: a failed decode leaves nothing in the arena.
#include "core/no_throw.h"
#include "engine/request.h"

#include <wirejit/record_codec.h>

#include <algorithm>
#include <string>
#include <utility>

namespace wirejit {

Result<RecordCodec> Engine::record_codec(const RecordType& type, const Format& format,
                                         const Options& options) const {
  return core::without_throwing([&]() -> Result<RecordCodec> {
    if (type.empty()) {
      return std::unexpected(Error(Errc::not_found, "the record type is empty"));
    }
    const std::shared_ptr<const record::RecordLayouts>& layouts = type.layouts();
    const Format memory = engine::memory_of(layouts);
    const auto compile = [&](const Format& from, const Format& to) {
      return engine::compile(engine::impl_of(*this), {.from = from,
                                                      .to = to,
                                                      .schema = layouts->schema(),
                                                      .type = &layouts->root(),
                                                      .options = options});
    };
    Result<Handle> encoder = compile(memory, format);
    if (!encoder) {
      return std::unexpected(std::move(encoder.error()));
    }
    Result<Handle> decoder = compile(format, memory);
    if (!decoder) {
      return std::unexpected(std::move(decoder.error()));
    }
    return RecordCodec(type, {.first = std::move(*encoder), .second = std::move(*decoder)});
  });
}

Result<RecordCodec> Engine::record_codec(const TypeRef& type, const Format& format,
                                         const Options& options) const {
  const Result<RecordType> records =
      RecordType::make(type, {.keep_unknown = options.unknown_fields == Unknown::keep});
  return records ? record_codec(*records, format, options) : std::unexpected(records.error());
}

Result<void*> RecordCodec::decode_in(Arena& arena, const Input& input, std::size_t size,
                                     const Limits* limits) const {
  size = std::max<std::size_t>(size, 1);
  void* object = arena.allocate(size, 8);
  if (object == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  const Arena::Mark mark = arena.mark();
  Result<void> done = limits == nullptr
                          ? decoder_.decode_object(input, object, &arena, &mark)
                          : decoder_.decode_object(input, object, &arena, &mark, *limits);
  if (!done) {
    arena.rewind(mark);
    arena.give_back(static_cast<std::uint8_t*>(object) + size, size);
    return std::unexpected(std::move(done.error()));
  }
  return object;
}

Result<Value> RecordCodec::decode_any(const Input& input, Arena& arena,
                                      const Limits* limits) const {
  const Layout& layout = *layout_;
  Result<void*> object = decode_in(arena, input, layout.size, limits);
  if (!object) {
    return std::unexpected(std::move(object.error()));
  }
  return Value(type_.type(), layout, *object);
}

Result<Record> RecordCodec::decode_record(const Input& input, Arena& arena,
                                          const Limits* limits) const {
  const StructLayout* layout = structure_;
  if (layout == nullptr) {
    return std::unexpected(
        Error(Errc::type_mismatch, "the root is no struct: decode_value() reads it"));
  }
  Result<void*> object = decode_in(arena, input, layout->size, limits);
  if (!object) {
    return std::unexpected(std::move(object.error()));
  }
  return Record(*layout, *object, arena);
}

namespace {

[[gnu::cold]] std::unexpected<Error> cannot_encode(const void* data, const char* what) {
  if (data == nullptr) {
    return std::unexpected(Error(Errc::not_found, std::string("the ") + what + " is empty"));
  }
  return std::unexpected(
      Error(Errc::type_mismatch, std::string("the ") + what + " is of another type"));
}

}  // namespace

Result<void> RecordCodec::append(const RecordView& record, Buffer& out,
                                 const Limits* limits) const {
  if (record.data() == nullptr || &record.layout() != structure_) [[unlikely]] {
    return cannot_encode(record.data(), "record");
  }
  return limits == nullptr ? encoder_.encode_object(record.data(), out)
                           : encoder_.encode_object(record.data(), out, *limits);
}

Result<void> RecordCodec::append(const Value& value, Buffer& out, const Limits* limits) const {
  if (value.data() == nullptr || &value.layout() != layout_) [[unlikely]] {
    return cannot_encode(value.data(), "value");
  }
  return limits == nullptr ? encoder_.encode_object(value.data(), out)
                           : encoder_.encode_object(value.data(), out, *limits);
}

}  // namespace wirejit
