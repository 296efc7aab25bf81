/// @file
/// Reading and writing registered C++ structs in one line, by the process-wide engine. Entry:
/// json::read and json::write; the same of pb and thrift. Invariant: a type's codec is made by its
/// first call and kept for as long as the process lives.
///
///     wirejit::Result<std::string> text = wirejit::json::write(order, {.indent = 2});
///     wirejit::Result<Order> back = wirejit::json::read<Order>(*text);
///
/// Who wants other limits, an arena, other options or a buffer that is used again makes a codec
/// (engine.h).
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/engine.h>
#include <wirejit/error.h>
#include <wirejit/format.h>
#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/thrift.h>

#include <string>
#include <utility>

namespace wirejit {

namespace detail {

// The shared engine's codec of T in a format that is always the same: found once.
template <class T, const auto& format>
const Result<Codec<T>>& kept_codec() {
  // Never destroyed: it may be used while static objects are.
  static const auto* const codec = new Result<Codec<T>>(Engine::shared().codec<T>(format));
  return *codec;
}

template <class T>
[[nodiscard]] Result<T> read(const Result<Codec<T>>& codec, const Input& input) {
  return codec ? codec->decode(input) : std::unexpected(codec.error());
}

// Out is a std::string or a Buffer.
template <class Out, class T>
[[nodiscard]] Result<Out> write(const Result<Codec<T>>& codec, const T& value) {
  if (!codec) {
    return std::unexpected(codec.error());
  }
  Out out;
  Result<void> done = codec->encode(value, out);
  return done ? Result<Out>(std::move(out)) : std::unexpected(std::move(done.error()));
}

}  // namespace detail

namespace json {

/// The T that a JSON text holds. Errors: those of Decoder<T>::decode, and of making the codec.
template <class T>
[[nodiscard]] Result<T> read(const Input& input) {
  return detail::read<T>(detail::kept_codec<T, json::text>(), input);
}
/// The same, read with options.
template <class T>
[[nodiscard]] Result<T> read(const Input& input, const TextOptions& options) {
  return detail::read<T>(Engine::shared().codec<T>(json::text(options)), input);
}
/// A struct as JSON text. Errors: those of Encoder<T>::encode, and of making the codec.
template <class T>
[[nodiscard]] Result<std::string> write(const T& value) {
  return detail::write<std::string>(detail::kept_codec<T, json::text>(), value);
}
/// The same, written with options.
template <class T>
[[nodiscard]] Result<std::string> write(const T& value, const TextOptions& options) {
  return detail::write<std::string>(Engine::shared().codec<T>(json::text(options)), value);
}

}  // namespace json

namespace pb {

/// The T that a Protobuf message holds. Errors: those of Decoder<T>::decode, and of making the
/// codec.
template <class T>
[[nodiscard]] Result<T> read(const Input& message) {
  return detail::read<T>(detail::kept_codec<T, pb::wire>(), message);
}
/// A struct as a Protobuf message. Errors: those of Encoder<T>::encode, and of making the codec.
template <class T>
[[nodiscard]] Result<Buffer> write(const T& value) {
  return detail::write<Buffer>(detail::kept_codec<T, pb::wire>(), value);
}

}  // namespace pb

namespace thrift {

/// The T that bytes of Thrift Binary hold. Errors: those of
/// Decoder<T>::decode, and of making the codec.
template <class T>
[[nodiscard]] Result<T> read(const Input& bytes) {
  return detail::read<T>(detail::kept_codec<T, thrift::binary>(), bytes);
}
/// The same of the format given, which is thrift::compact or the like.
template <class T>
[[nodiscard]] Result<T> read(const Input& bytes, const Format& format) {
  return detail::read<T>(Engine::shared().codec<T>(format), bytes);
}
/// A struct in Thrift Binary. Errors: those of
/// Encoder<T>::encode, and of making the codec.
template <class T>
[[nodiscard]] Result<Buffer> write(const T& value) {
  return detail::write<Buffer>(detail::kept_codec<T, thrift::binary>(), value);
}
/// The same in the format given, which is thrift::compact or the like.
template <class T>
[[nodiscard]] Result<Buffer> write(const T& value, const Format& format) {
  return detail::write<Buffer>(Engine::shared().codec<T>(format), value);
}

}  // namespace thrift

}  // namespace wirejit
