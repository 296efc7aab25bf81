// Codecs: machine code (or interpreted programs) that encode, decode and transcode one type.
// Entry: Engine. Invariant: a Codec is immutable and may be used by any number of threads at once;
// all state of a call lives on its stack and in the buffers it is given.
//
//   wirejit::Engine engine;
//   auto codec = engine.codec<Order>(wirejit::thrift::binary);        // Result<Codec<Order>>
//   wirejit::Buffer out;
//   if (auto done = codec->encode(order, out); !done) { std::cerr << done.error().to_string(); }
//   Order back;
//   auto read = codec->decode(out, back);
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/format.h>
#include <wirejit/options.h>
#include <wirejit/reflect.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace wirejit {

namespace detail {

// What an Engine and a codec stand for. Only the library knows more of them.
struct EngineState {};
struct CodecState {};

}  // namespace detail

struct EngineOptions {
  enum class Kind : std::uint8_t {
    automatic,  // machine code where the system and the environment (WIREJIT_JIT=0) allow it, else
                // the interpreter
    jit,        // machine code for every routine, or compiling fails with code_memory
    interpret,
  };
  Kind kind = Kind::automatic;
  /// Compiled modules kept for reuse; the least recently asked for goes first. Apart from these, at
  /// most as many, and 64 MiB, are kept of types that messages named (google.protobuf.Any).
  std::size_t cached_codecs = 1024;
  // Where a map of generated routines is written for perf(1), which looks in "/tmp"; empty: none,
  // unless WIREJIT_PERF_MAP=1 is in the environment. A process has one map: the first Engine that
  // wants it writes it, and describe() says whether this one does. The file stays behind.
  std::string perf_map_directory{};
};

/// What a codec was compiled to. A type makes one routine, and more where its structs are large or
/// recursive.
struct CodecInfo {
  /// Every routine is machine code; false if a single one is interpreted.
  bool machine_code = false;
  std::size_t routines = 0;
  /// Of `routines`: all of them where no machine code is made; else those that are too large for it
  /// (more than 20,000 ops, or what comes after the first 512 KiB of a codec's code).
  std::size_t interpreted_routines = 0;
  std::size_t ops = 0;           ///< of all routines
  std::size_t code_bytes = 0;    ///< machine code, without its constants
  std::size_t instructions = 0;  ///< of the machine code
};

// Common to all codecs. Moving copies: what was moved from stays usable.
class CodecBase {
 public:
  CodecBase(const CodecBase&) = default;
  CodecBase& operator=(const CodecBase&) = default;
  ~CodecBase() = default;

  [[nodiscard]] CodecInfo info() const;
  // The Program as a listing. Compile with Options::comments to see field names.
  [[nodiscard]] std::string dump_program() const;
  // The machine code for a CPU ("x86_64", "aarch64") as the assembler lists it, whether or not it
  // is this machine's.
  [[nodiscard]] Result<std::string> dump_code(std::string_view cpu) const;

 protected:
  explicit CodecBase(std::shared_ptr<const detail::CodecState> compiled) noexcept
      : compiled_(std::move(compiled)) {}
  [[nodiscard]] Result<void> encode_object(const void* object, Buffer& out) const;
  // To any output; what is returned is that of detail::encode_into.
  template <class Out>
  [[nodiscard]] auto encode_object(const void* object, Out out) const {
    return detail::encode_into(out, [&](Buffer& buffer) { return encode_object(object, buffer); });
  }
  // `before`: if the object is of no use after a failure, what the arena held before; else null.
  [[nodiscard]] Result<void> decode_object(const Input& input, void* object, Arena* arena,
                                           const Arena::Mark* before = nullptr) const;
  [[nodiscard]] Result<void> convert(const Input& input, Buffer& out) const;

  std::shared_ptr<const detail::CodecState> compiled_;
};

// Writes C++ objects of type T.
template <class T>
class Encoder : public CodecBase {
 public:
  /// Appends to `out`, a Buffer or a std::string. After an error, `out` is as before the call.
  [[nodiscard]] Result<void> encode(const T& value, Output out) const {
    return encode_object(&value, out);
  }
  /// Writes to the start of `out` and returns the size. Where `out` is too small, the error is
  /// size_limit and says how many bytes are needed. After an error, the bytes of `out` are
  /// unspecified.
  [[nodiscard]] Result<std::size_t> encode(const T& value, OutputSpan out) const {
    return encode_object(&value, out);
  }

 private:
  friend class Engine;
  using CodecBase::CodecBase;
};

// Reads C++ objects of type T.
template <class T>
class Decoder : public CodecBase {
 public:
  // Replaces the contents of `value`: members whose fields did not come get their defaults.
  // Containers keep their memory where they can. On an error, `value` is valid but unspecified.
  // `arena` holds what views and spans among the members point to; a message that has something for
  // them needs one: else no_arena. What code of the application throws (constructors of members,
  // comparisons, hashes, allocators) ends the call with Errc::exception.
  [[nodiscard]] Result<void> decode(const Input& input, T& value, Arena* arena = nullptr) const {
    return decode_object(input, &value, arena);
  }
  [[nodiscard]] Result<T> decode(const Input& input, Arena* arena = nullptr) const {
    return detail::guarded([&] {  // T's constructor may throw
      Result<T> value;
      if (Result<void> done = decode_object(input, &*value, arena); !done) {
        value = std::unexpected(std::move(done.error()));
      }
      return value;
    });
  }

 private:
  friend class Engine;
  using CodecBase::CodecBase;
};

// Reads and writes C++ objects of type T in one format. The two directions are compiled together.
template <class T>
class Codec {
 public:
  /// As of Encoder<T>.
  [[nodiscard]] Result<void> encode(const T& value, Output out) const {
    return encoder_.encode(value, out);
  }
  /// As of Encoder<T>.
  [[nodiscard]] Result<std::size_t> encode(const T& value, OutputSpan out) const {
    return encoder_.encode(value, out);
  }
  [[nodiscard]] Result<void> decode(const Input& input, T& value, Arena* arena = nullptr) const {
    return decoder_.decode(input, value, arena);
  }
  [[nodiscard]] Result<T> decode(const Input& input, Arena* arena = nullptr) const {
    return decoder_.decode(input, arena);
  }
  [[nodiscard]] const Encoder<T>& encoder() const noexcept { return encoder_; }
  [[nodiscard]] const Decoder<T>& decoder() const noexcept { return decoder_; }

 private:
  friend class Engine;
  Codec(Encoder<T> e, Decoder<T> d) : encoder_(std::move(e)), decoder_(std::move(d)) {}
  Encoder<T> encoder_;
  Decoder<T> decoder_;
};

// Turns one format into another with no object in between.
class Transcoder : public CodecBase {
 public:
  /// Appends to `out`, a Buffer or a std::string. After an error, `out` is as before the call.
  [[nodiscard]] Result<void> transcode(const Input& input, Output out) const {
    return detail::encode_into(out, [&](Buffer& buffer) { return convert(input, buffer); });
  }
  /// As Encoder::encode to a span.
  [[nodiscard]] Result<std::size_t> transcode(const Input& input, OutputSpan out) const {
    return detail::encode_into(out, [&](Buffer& buffer) { return convert(input, buffer); });
  }

 private:
  friend class Engine;
  using CodecBase::CodecBase;
};

// Compiles codecs and keeps them for reuse. A cheap handle to shared state; any number of threads
// may use copies of it. A type asked for by several threads at once is compiled once. Moving
// copies: what was moved from stays usable.
//
// Errors of all that compiles, besides those said below: not_found for a schema that is empty, for
// a type that is not of the schema given with it (a copy of a Type is not), and for a format that
// is empty.
class Engine {
 public:
  explicit Engine(const EngineOptions& options = {});
  Engine(const Engine&) = default;
  Engine& operator=(const Engine&) = default;
  ~Engine() = default;

  // Whether codecs become machine code, and if not, why not.
  [[nodiscard]] bool generates_code() const noexcept;
  [[nodiscard]] std::string describe() const;

  // C++ structs registered with WIREJIT_STRUCT (reflect.h).
  template <class T>
  [[nodiscard]] Result<Encoder<T>> encoder(const Format& format,
                                           const Options& options = {}) const {
    return wrap<Encoder<T>>(compile_encoder(layout_of<T>(), nullptr, nullptr, format, options));
  }
  template <class T>
  [[nodiscard]] Result<Decoder<T>> decoder(const Format& format,
                                           const Options& options = {}) const {
    return wrap<Decoder<T>>(compile_decoder(layout_of<T>(), nullptr, nullptr, format, options));
  }
  template <class T>
  [[nodiscard]] Result<Codec<T>> codec(const Format& format, const Options& options = {}) const {
    return both<T>(encoder<T>(format, options), decoder<T>(format, options));
  }
  // The same with names, requiredness and defaults of a schema's struct, against which T is
  // checked: layout_mismatch names the field that disagrees.
  template <class T>
  [[nodiscard]] Result<Encoder<T>> encoder(const Schema& schema, const StructType& type,
                                           const Format& format,
                                           const Options& options = {}) const {
    return wrap<Encoder<T>>(compile_encoder(layout_of<T>(), &schema, &type, format, options));
  }
  template <class T>
  [[nodiscard]] Result<Decoder<T>> decoder(const Schema& schema, const StructType& type,
                                           const Format& format,
                                           const Options& options = {}) const {
    return wrap<Decoder<T>>(compile_decoder(layout_of<T>(), &schema, &type, format, options));
  }
  template <class T>
  [[nodiscard]] Result<Codec<T>> codec(const Schema& schema, const StructType& type,
                                       const Format& format, const Options& options = {}) const {
    return both<T>(encoder<T>(schema, type, format, options),
                   decoder<T>(schema, type, format, options));
  }

  [[nodiscard]] Result<Transcoder> transcoder(const Schema& schema, const Type& type,
                                              const Format& from, const Format& to,
                                              const Options& options = {}) const;
  [[nodiscard]] Result<Transcoder> transcoder(const Schema& schema, const StructType& type,
                                              const Format& from, const Format& to,
                                              const Options& options = {}) const;

  // From a struct of one schema to a struct of another, such as a Protobuf message to a Thrift
  // struct. Fields without a counterpart are skipped; integers keep their value, or their bits if
  // the width is the same, and one that does not fit a narrower target is number_out_of_range;
  // enums go over by number, lists and sets into each other. `unsupported` names what does not go
  // together: types, a required field of the target that the source lacks, a struct of the source
  // that would have to become two.
  [[nodiscard]] Result<Transcoder> transcoder(const Schema& from_schema,
                                              const StructType& from_type, const Format& from,
                                              const Schema& to_schema, const StructType& to_type,
                                              const Format& to, Match match = Match::number,
                                              const Options& options = {}) const;

  // For the library.
  using Handle = std::shared_ptr<const detail::CodecState>;
  [[nodiscard]] const std::shared_ptr<detail::EngineState>& state() const noexcept {
    return state_;
  }

 private:
  [[nodiscard]] Result<Handle> compile_encoder(const Layout& layout, const Schema* schema,
                                               const StructType* type, const Format& format,
                                               const Options& options) const;
  [[nodiscard]] Result<Handle> compile_decoder(const Layout& layout, const Schema* schema,
                                               const StructType* type, const Format& format,
                                               const Options& options) const;
  template <class C>
  static Result<C> wrap(Result<Handle> handle) {
    if (!handle) {
      return std::unexpected(std::move(handle.error()));
    }
    return C(std::move(*handle));
  }
  template <class T>
  static Result<Codec<T>> both(Result<Encoder<T>> e, Result<Decoder<T>> d) {
    if (!e) {
      return std::unexpected(std::move(e.error()));
    }
    if (!d) {
      return std::unexpected(std::move(d.error()));
    }
    return Codec<T>(std::move(*e), std::move(*d));
  }

  std::shared_ptr<detail::EngineState> state_;
};

}  // namespace wirejit
