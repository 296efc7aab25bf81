// The codecs of a method's bodies, made on first use. Entry: MethodCodecs. Invariant: what was made
// never changes and stays where it is as long as the Plan lives; to find it again takes no lock.
#pragma once

#include <wirejit/engine.h>
#include <wirejit/error.h>
#include <wirejit/format.h>
#include <wirejit/record_codec.h>
#include <wirejit/record_type.h>
#include <wirejit/rpc/message.h>
#include <wirejit/rpc/plan.h>
#include <wirejit/schema.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::rpc::detail {

// A T that is made when it is first needed, or why it cannot be made. Threads that need it at once
// may make it at once; the first one's is kept.
template <class T>
class Lazy {
 public:
  Lazy() = default;
  Lazy(const Lazy&) = delete;
  Lazy& operator=(const Lazy&) = delete;
  ~Lazy() { delete made_.load(std::memory_order_relaxed); }

  // `make() -> Result<T>`. A failure for lack of memory is not kept.
  template <class Make>
  [[nodiscard]] Result<const T*> get(Make&& make) const {
    const Result<T>* made = made_.load(std::memory_order_acquire);
    if (made == nullptr) [[unlikely]] {
      std::unique_ptr<Result<T>> fresh(new (std::nothrow) Result<T>(make()));
      if (fresh == nullptr) {
        return std::unexpected(Error(Errc::no_memory));
      }
      if (!*fresh && fresh->error().code() == Errc::no_memory) {
        return std::unexpected(std::move(fresh->error()));
      }
      if (made_.compare_exchange_strong(made, fresh.get(), std::memory_order_acq_rel)) {
        made = fresh.release();
      }
    }
    if (!*made) {
      return std::unexpected(made->error());
    }
    return &**made;
  }

 private:
  mutable std::atomic<const Result<T>*> made_{nullptr};
};

// The encodings that bodies have.
enum class Encoding : std::uint8_t { binary, compact, json, protobuf };
inline constexpr std::size_t encodings = 4;
[[nodiscard]] constexpr Encoding encoding_of(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::thrift_binary:
    case Protocol::thrift_binary_old:
    case Protocol::thrift_struct: return Encoding::binary;
    case Protocol::thrift_compact: return Encoding::compact;
    case Protocol::thrift_json: return Encoding::json;
    case Protocol::kitex_protobuf:
    case Protocol::protobuf: break;
  }
  return Encoding::protobuf;
}
[[nodiscard]] const Format& format_of(Encoding encoding) noexcept;

// The types that bodies have.
enum class Part : std::uint8_t {
  args,      // MethodPlan::args
  result,    // MethodPlan::result
  request,   // MethodPlan::request_type
  response,  // MethodPlan::response_type
};
inline constexpr std::size_t parts = 4;

// The type of a method's body in a payload of that protocol. Bare structs are those of streams.
[[nodiscard]] Part part_of(const MethodPlan& method, Protocol protocol, bool is_reply) noexcept;

// How much longer than its source text was, so that room for it is there at once.
class TextSize {
 public:
  // How much room to make for the text of so many bytes.
  [[nodiscard]] std::size_t guess(std::size_t bytes) const noexcept {
    const std::size_t usual = bytes <= large ? 4 * bytes : 2 * bytes + 2 * large;
    return usual + seen_.load(std::memory_order_relaxed);
  }
  // The text of so many bytes has outgrown the room for it, and took so much.
  void outgrown(std::size_t bytes, std::size_t room) const noexcept {
    const std::size_t more = room - (room < 4 * bytes ? room : 4 * bytes);
    seen_.store(static_cast<std::uint32_t>(more < most ? more : most), std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t large = std::size_t{64} << 10;
  static constexpr std::size_t most = std::size_t{64} << 10;
  mutable std::atomic<std::uint32_t> seen_{512};
};

// Of one type in one encoding.
struct BodyCodecs {
  Lazy<Transcoder> to_json;
  Lazy<Transcoder> from_json;
  Lazy<RecordCodec> record;
  TextSize text_size;
};

// A field of the struct of the arguments or of the result, read and written as a value of its own:
// JSON text is made of it and of its key, so that a result is known to be one field without reading
// it twice.
struct FieldCodecs {
  std::string head;        // `{"success":`; empty if the key has to be escaped
  std::uint8_t type[2]{};  // its type code in Binary and in Compact; 0 if it is not read on its own
  Lazy<Transcoder> to_json[2];
  Lazy<Transcoder> from_json[2];
};

// What all methods of a plan have in common.
struct PlanParts {
  Engine engine;
  Schema schema;
  PlanOptions options;
  Format json;                // of options.profile
  Options json_options{};     // of codecs of JSON
  Options json_of_results{};  // of those of result structs: fields that do not come are not written
  CallOptions call{};         // of all calls
  bool writes_heads = false;  // JSON text is compact, so that heads can be used
};

struct MethodCodecs : MethodHandle {
  const PlanParts* plan = nullptr;
  std::array<std::array<BodyCodecs, encodings>, parts> bodies;
  std::vector<FieldCodecs> args_fields;    // of Method::args
  std::vector<FieldCodecs> result_fields;  // of Method::reply
  Lazy<RecordType> args_type;
  Lazy<RecordType> result_type;

  explicit MethodCodecs(const PlanParts& of_plan, const Method& method);

  [[nodiscard]] const BodyCodecs& body(Part part, Encoding encoding) const noexcept {
    return bodies[static_cast<std::size_t>(part)][static_cast<std::size_t>(encoding)];
  }
  // Errors: those of Engine::transcoder and record_codec; unsupported for a method of another kind
  // of schema, or one that has no such body.
  [[nodiscard]] Result<const Transcoder*> to_json(const MethodPlan& method, Part part,
                                                  Encoding encoding) const;
  [[nodiscard]] Result<const Transcoder*> from_json(const MethodPlan& method, Part part,
                                                    Encoding encoding) const;
  [[nodiscard]] Result<const RecordCodec*> record(const MethodPlan& method, Part part,
                                                  Encoding encoding) const;
  // The fields of the struct, args or result, that they are bodies of.
  [[nodiscard]] const std::vector<FieldCodecs>& fields(Part part) const noexcept {
    return part == Part::result ? result_fields : args_fields;
  }
  // Of the field at position `i`, in Binary and Compact.
  [[nodiscard]] Result<const Transcoder*> field_to_json(const MethodPlan& method, Part part,
                                                        std::size_t i, Encoding encoding) const;
  [[nodiscard]] Result<const Transcoder*> field_from_json(const MethodPlan& method, Part part,
                                                          std::size_t i, Encoding encoding) const;
};

// The codecs of a plan's method.
[[nodiscard]] inline MethodCodecs& codecs_of(const MethodPlan& method) noexcept {
  return static_cast<MethodCodecs&>(method.codecs());
}

}  // namespace wirejit::rpc::detail
