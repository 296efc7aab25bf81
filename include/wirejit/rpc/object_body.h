/// @file
/// C++ structs as bodies of messages. Entry: ObjectCodecs, Object. Invariant: an Object owns nothing:
/// it is a struct of the caller together with the codecs of it.
///
///     auto codecs = rpc::ObjectCodecs<PingArgs>::make(engine, method->args());
///     PingArgs args{.name = "x"};
///     rpc::Object<PingArgs> object(*codecs, args);
///     call.body = rpc::Body::object(object);
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/engine.h>
#include <wirejit/error.h>
#include <wirejit/format.h>
#include <wirejit/options.h>
#include <wirejit/rpc/message.h>
#include <wirejit/schema.h>

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace wirejit::rpc {

/// An object of some type that is a body. What derives from it knows the type.
class ObjectBody {
 public:
  ObjectBody() = default;
  ObjectBody(const ObjectBody&) = delete;
  ObjectBody& operator=(const ObjectBody&) = delete;
  virtual ~ObjectBody() = default;

  /// Appends the object as a payload of that protocol has it. Errors: those of Engine::codec and of
  /// encoding; `out` is as before.
  [[nodiscard]] virtual Result<void> encode(Protocol protocol, Chain& out,
                                            const CallOptions& call) const = 0;
  /// Replaces the object by what `body`, all of it, says. Errors: those of Engine::codec and of
  /// decoding, after which the object is valid but unspecified; unsupported if it is only written.
  [[nodiscard]] virtual Result<void> decode(Protocol protocol, Bytes body,
                                            const CallOptions& call) = 0;
};

namespace detail {

/// For the library: how many encodings bodies have: Thrift Binary (with the old and the strict
/// envelope, and bare), Compact and JSON, and Protobuf.
inline constexpr std::size_t object_formats = 4;
/// For the library: which one a protocol has.
[[nodiscard]] std::size_t object_format_index(Protocol protocol) noexcept;
/// For the library: its format.
[[nodiscard]] const Format& object_format(std::size_t index) noexcept;

}  // namespace detail

/// The codecs of a C++ struct that was registered with WIREJIT_STRUCT, for one side of a method, in
/// all formats. Each is made on first use. Copies are the same codecs. Thread-safe.
template <class T>
class ObjectCodecs {
 public:
  /// `type` is what the body has: MethodPlan::args, result, request_type or response_type; T is
  /// checked against it on first use. Errors: type_mismatch if it is no struct; no_memory.
  [[nodiscard]] static Result<ObjectCodecs> make(const Engine& engine, const TypeRef& type,
                                                 const Options& options = {}) {
    if (type->kind != Kind::structure) {
      return std::unexpected(Error(Errc::type_mismatch, "the body is no struct"));
    }
    return wirejit::detail::guarded([&] {
      return Result<ObjectCodecs>(ObjectCodecs(
          std::make_shared<State>(engine, StructRef(type.schema(), *type->structure), options)));
    });
  }

  /// The codec of a payload of that protocol. Errors: those of Engine::codec; every call has them.
  [[nodiscard]] Result<const Codec<T>*> codec(Protocol protocol) const {
    const std::size_t i = detail::object_format_index(protocol);
    Entry& entry = state_->entries[i];
    Result<void> made = wirejit::detail::guarded([&] {
      std::call_once(entry.once, [&] {
        entry.codec.emplace(state_->engine.template codec<T>(state_->type, detail::object_format(i),
                                                             state_->options));
      });
      return Result<void>();
    });
    if (!made) {
      return std::unexpected(std::move(made).error());
    }
    if (!*entry.codec) {
      return std::unexpected(entry.codec->error());
    }
    return &**entry.codec;
  }

 private:
  struct Entry {
    std::once_flag once;
    std::optional<Result<Codec<T>>> codec;
  };
  struct State {
    State(const Engine& e, const StructRef& t, const Options& o) : engine(e), type(t), options(o) {}

    Engine engine;
    StructRef type;
    Options options;
    std::array<Entry, detail::object_formats> entries;
  };

  explicit ObjectCodecs(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

/// A C++ struct as a body. A result is written as it is: that one of its fields is set, if the method
/// returns something, is the caller's. It keeps the codecs, and refers to the struct, which must
/// live as long.
template <class T>
class Object final : public ObjectBody {
 public:
  /// A body that can be read and written.
  Object(const ObjectCodecs<T>& codecs, T& value) noexcept
      : codecs_(codecs), value_(&value), target_(&value) {}
  /// A body that can only be written.
  Object(const ObjectCodecs<T>& codecs, const T& value) noexcept
      : codecs_(codecs), value_(&value) {}

  /// As ObjectBody::encode.
  [[nodiscard]] Result<void> encode(Protocol protocol, Chain& out,
                                    const CallOptions& call) const override {
    const Result<const Codec<T>*> codec = codecs_.codec(protocol);
    return codec ? (*codec)->encode(*value_, out, call) : std::unexpected(codec.error());
  }
  /// As ObjectBody::decode.
  [[nodiscard]] Result<void> decode(Protocol protocol, Bytes body,
                                    const CallOptions& call) override {
    if (target_ == nullptr) {
      return std::unexpected(Error(Errc::unsupported, "the object is only to be written"));
    }
    const Result<const Codec<T>*> codec = codecs_.codec(protocol);
    return codec ? (*codec)->decode(body, *target_, call) : std::unexpected(codec.error());
  }

 private:
  ObjectCodecs<T> codecs_;
  const T* value_;
  T* target_ = nullptr;
};

}  // namespace wirejit::rpc
