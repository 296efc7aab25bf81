// Codecs of records.
// Entry: Engine::record_codec. Invariant: a failed decode leaves nothing in the arena.
#include "core/no_throw.h"
#include "engine/request.h"

#include <wirejit/record_codec.h>

#include <algorithm>
#include <string>
#include <type_traits>
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

namespace {

[[gnu::cold]] std::unexpected<Error> no_struct() {
  return std::unexpected(
      Error(Errc::type_mismatch, "the root is no struct: decode_value() reads it"));
}

}  // namespace

template <class L, class F>
[[gnu::always_inline]] inline void* RecordCodec::decode_new(Arena& arena, const L& layout,
                                                            Result<void>& done, F&& decode) const {
  const std::size_t size = std::max<std::size_t>(layout.size, 1);
  void* const object = arena.allocate(size, 8);
  if (object == nullptr) [[unlikely]] {
    done = std::unexpected(Error(Errc::no_memory));
    return nullptr;
  }
  const Arena::Mark mark = arena.mark();
  done = decode(object, mark);
  if (done) [[likely]] {
    return object;
  }
  arena.rewind(mark);
  arena.give_back(static_cast<std::uint8_t*>(object) + size, size);
  return nullptr;
}

template <class R, class L>
[[gnu::always_inline]] inline R RecordCodec::value_of(void* object, const L& layout,
                                                      Arena& arena) const {
  if constexpr (std::is_same_v<R, Record>) {
    return Record(layout, object, arena);
  } else {
    return Value(type_.type(), layout, object);
  }
}

// R is what is read, a Record or a Value; L its layout. Inlined in all that call it, for which
// `limits` is a constant or not null.
template <class R, class L>
[[gnu::always_inline]] inline Result<R> RecordCodec::decode_into(const Input& input, Arena& arena,
                                                                 const L* layout,
                                                                 const Limits* limits) const {
  Result<void> done;
  void* const object =
      decode_new(arena, *layout, done, [&](void* memory, const Arena::Mark& mark) -> Result<void> {
        return limits == nullptr ? decoder_.decode_object(input, memory, &arena, &mark)
                                 : decoder_.decode_object(input, memory, &arena, &mark, *limits);
      });
  if (object == nullptr) [[unlikely]] {
    return std::unexpected(std::move(done.error()));
  }
  return value_of<R>(object, *layout, arena);
}

template <class R, class L>
Result<Prefix<R>> RecordCodec::decode_prefix_into(const Input& input, Arena& arena, const L& layout,
                                                  const CallOptions& call) const {
  Result<void> done;
  std::size_t taken = 0;
  CallOptions own = call;
  own.arena = &arena;
  void* const object =
      decode_new(arena, layout, done, [&](void* memory, const Arena::Mark& mark) -> Result<void> {
        Result<std::size_t> read = decoder_.decode_prefix_object(input, memory, own, &mark);
        if (!read) {
          return std::unexpected(std::move(read.error()));
        }
        taken = *read;
        return {};
      });
  if (object == nullptr) {
    return std::unexpected(std::move(done.error()));
  }
  return Prefix<R>{value_of<R>(object, layout, arena), taken};
}

Result<Prefix<Record>> RecordCodec::decode_prefix(const Input& input, Arena& arena,
                                                  const CallOptions& call) const {
  return structure_ != nullptr ? decode_prefix_into<Record>(input, arena, *structure_, call)
                               : no_struct();
}
Result<Prefix<Value>> RecordCodec::decode_value_prefix(const Input& input, Arena& arena,
                                                       const CallOptions& call) const {
  return decode_prefix_into<Value>(input, arena, *layout_, call);
}

Result<Value> RecordCodec::decode_any(const Input& input, Arena& arena) const {
  return decode_into<Value>(input, arena, layout_, nullptr);
}
Result<Value> RecordCodec::decode_any(const Input& input, Arena& arena,
                                      const Limits& limits) const {
  return decode_into<Value>(input, arena, layout_, &limits);
}

Result<Record> RecordCodec::decode_record(const Input& input, Arena& arena) const {
  return structure_ != nullptr ? decode_into<Record>(input, arena, structure_, nullptr)
                               : no_struct();
}
Result<Record> RecordCodec::decode_record(const Input& input, Arena& arena,
                                          const Limits& limits) const {
  return structure_ != nullptr ? decode_into<Record>(input, arena, structure_, &limits)
                               : no_struct();
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

Result<void> RecordCodec::append(const RecordView& record, Buffer& out) const {
  if (record.data() == nullptr || &record.layout() != structure_) [[unlikely]] {
    return cannot_encode(record.data(), "record");
  }
  return encoder_.encode_object(record.data(), out);
}
Result<void> RecordCodec::append(const RecordView& record, Buffer& out,
                                 const Limits& limits) const {
  if (record.data() == nullptr || &record.layout() != structure_) [[unlikely]] {
    return cannot_encode(record.data(), "record");
  }
  return encoder_.encode_object(record.data(), out, limits);
}

Result<void> RecordCodec::append(const RecordView& record, Chain& out,
                                 const CallOptions& call) const {
  if (record.data() == nullptr || &record.layout() != structure_) [[unlikely]] {
    return cannot_encode(record.data(), "record");
  }
  return encoder_.encode_object(record.data(), out, call);
}

Result<void> RecordCodec::append(const Value& value, Buffer& out) const {
  if (value.data() == nullptr || &value.layout() != layout_) [[unlikely]] {
    return cannot_encode(value.data(), "value");
  }
  return encoder_.encode_object(value.data(), out);
}
Result<void> RecordCodec::append(const Value& value, Buffer& out, const Limits& limits) const {
  if (value.data() == nullptr || &value.layout() != layout_) [[unlikely]] {
    return cannot_encode(value.data(), "value");
  }
  return encoder_.encode_object(value.data(), out, limits);
}

Result<void> RecordCodec::append(const Value& value, Chain& out, const CallOptions& call) const {
  if (value.data() == nullptr || &value.layout() != layout_) [[unlikely]] {
    return cannot_encode(value.data(), "value");
  }
  return encoder_.encode_object(value.data(), out, call);
}

}  // namespace wirejit
