/// @file
/// Codecs: machine code (or interpreted programs) that encode, decode and transcode one type.
/// Entry: Engine. Invariant: a codec is immutable and may be used by any number of threads at once;
/// all state of a call lives on its stack and in the buffers it is given.
///
///     wirejit::Engine engine;
///     auto codec = engine.codec<Order>(wirejit::thrift::binary);  // Result<Codec<Order>>
///     wirejit::Buffer out;
///     if (auto done = codec->encode(order, out); !done) { std::cerr << done.error(); }
///     Order back;
///     auto read = codec->decode(out, back);
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
#include <type_traits>
#include <utility>

namespace wirejit {

class RecordCodec;
class RecordType;

namespace detail {

// What an Engine and a codec stand for. Only the library knows more of them.
struct EngineState {};
struct CodecState {};

// What an Engine has compiled: one codec, or the two of a pair, the encoder first.
struct Compilation {
  std::shared_ptr<const CodecState> first{};
  std::shared_ptr<const CodecState> second{};
};

}  // namespace detail

/// How an Engine makes code, and how much of it it keeps.
struct EngineOptions {
  /// How codecs run.
  enum class Kind : std::uint8_t {
    /// Machine code where the system and the environment (WIREJIT_JIT=0) allow it, else the
    /// interpreter runs.
    automatic,
    /// Machine code for every routine, or making a codec fails with code_memory.
    jit,
    /// The interpreter runs.
    interpret,
  };
  /// What codecs become.
  Kind kind = Kind::automatic;
  /// Compiled modules kept for reuse; the least recently asked for goes first. Apart from these, at
  /// most as many, and 64 MiB, are kept of types that messages named (google.protobuf.Any).
  std::size_t cached_codecs = 1024;
  /// Where a map of generated routines is written for perf(1), which looks in "/tmp"; empty: none,
  /// unless WIREJIT_PERF_MAP=1 is in the environment. A process has one map: the first Engine that
  /// wants it writes it, and describe() says whether this one does. The file stays when the process
  /// ends.
  std::string perf_map_directory{};
};

/// What a codec was compiled to. A type makes one routine, and more where its structs are large or
/// recursive.
struct CodecInfo {
  /// Every routine is machine code; false if a single one is interpreted.
  bool machine_code = false;
  std::size_t routines = 0;  ///< how many functions it consists of
  /// Of `routines`: all of them where no machine code is made; else those that are too large for it
  /// (more than 20,000 ops, or what comes after the first 512 KiB of a codec's code).
  std::size_t interpreted_routines = 0;
  std::size_t ops = 0;           ///< of all routines
  std::size_t code_bytes = 0;    ///< machine code, without its constants
  std::size_t instructions = 0;  ///< of the machine code

  /// What both were compiled to: machine_code if it is so for both, else sums.
  friend CodecInfo operator+(const CodecInfo& a, const CodecInfo& b) noexcept {
    return {.machine_code = a.machine_code && b.machine_code,
            .routines = a.routines + b.routines,
            .interpreted_routines = a.interpreted_routines + b.interpreted_routines,
            .ops = a.ops + b.ops,
            .code_bytes = a.code_bytes + b.code_bytes,
            .instructions = a.instructions + b.instructions};
  }
};

/// What all codecs have in common. Immutable: any number of threads may use one at once. Moving
/// copies: what was moved from stays usable.
class CodecBase {
 public:
  /// Another handle of the same codec.
  CodecBase(const CodecBase& other) noexcept;
  /// Another handle of the same codec.
  CodecBase& operator=(const CodecBase& other) noexcept;
  ~CodecBase();

  /// What the codec was compiled to.
  [[nodiscard]] CodecInfo info() const;
  /// The Program as a listing. DebugOptions::comments adds the names of fields.
  [[nodiscard]] std::string dump_program() const;
  /// The machine code for a CPU ("x86_64", "aarch64"; see listed_cpus) as the assembler lists it,
  /// whether or not it is this machine's. Error: not_found, whose message names the CPUs.
  [[nodiscard]] Result<std::string> dump_code(std::string_view cpu) const;

 protected:
  /// For the library: a handle of what was compiled first.
  explicit CodecBase(detail::Compilation&& made) noexcept : compiled_(std::move(made.first)) {}
  /// For the library: reads an object of the codec's type, and appends to `out`; with the default
  /// limits, which are constants, or with others.
  [[nodiscard]] Result<void> encode_object(const void* object, Buffer& out) const;
  /// For the library: as above.
  [[nodiscard]] Result<void> encode_object(const void* object, Buffer& out,
                                           const Limits& limits) const;
  /// For the library: writes an object of the codec's type. `before`: if the object is of no use
  /// after a failure, what the arena held before; else null.
  [[nodiscard]] Result<void> decode_object(const Input& input, void* object, Arena* arena,
                                           const Arena::Mark* before = nullptr) const;
  /// For the library: as above.
  [[nodiscard]] Result<void> decode_object(const Input& input, void* object, Arena* arena,
                                           const Arena::Mark* before, const Limits& limits) const;
  /// For the library: from a format to a format.
  [[nodiscard]] Result<void> convert(const Input& input, Buffer& out) const;
  /// For the library: as above.
  [[nodiscard]] Result<void> convert(const Input& input, Buffer& out, const Limits& limits) const;
  /// For the library: decode_object and convert of a value that more bytes may follow. They return
  /// how many bytes it took.
  [[nodiscard]] Result<std::size_t> decode_prefix_object(const Input& input, void* object,
                                                         const CallOptions& call,
                                                         const Arena::Mark* before = nullptr) const;
  /// For the library: as above.
  [[nodiscard]] Result<std::size_t> convert_prefix(const Input& input, Buffer& out,
                                                   const CallOptions& call) const;
  /// For the library: from an object to an object.
  [[nodiscard]] Result<void> convert_object(const void* from, void* to,
                                            const CallOptions& call) const;

  /// For the library: the same to a chain, as the options of the call say.
  [[nodiscard]] Result<void> encode_object(const void* object, Chain& out,
                                           const CallOptions& call) const;
  /// For the library: as above.
  [[nodiscard]] Result<void> convert(const Input& input, Chain& out, const CallOptions& call) const;

  /// For the library: as the options of the call say, to any output; what is returned is that of
  /// detail::encode_into. Inlined, so that a call without options is one with default limits.
  template <class Out>
  [[nodiscard, gnu::always_inline]] auto encode_object(const void* object, Out out,
                                                       const CallOptions& call) const {
    if constexpr (std::is_same_v<Out, Output>) {
      if (out.chain() != nullptr) {
        return encode_object(object, *out.chain(), call);
      }
    }
    return detail::encode_into(out, [&](Buffer& buffer) {
      return detail::is_default(call) ? encode_object(object, buffer)
                                      : encode_object(object, buffer, call.limits);
    });
  }
  /// For the library: as above.
  [[nodiscard, gnu::always_inline]] Result<void> decode_object(const Input& input, void* object,
                                                               const CallOptions& call) const {
    return detail::is_default(call)
               ? decode_object(input, object, nullptr, nullptr)
               : decode_object(input, object, call.arena, nullptr, call.limits);
  }
  /// For the library: as above.
  template <class Out>
  [[nodiscard, gnu::always_inline]] auto convert_to(const Input& input, Out out,
                                                    const CallOptions& call) const {
    if constexpr (std::is_same_v<Out, Output>) {
      if (out.chain() != nullptr) {
        return convert(input, *out.chain(), call);
      }
    }
    return detail::encode_into(out, [&](Buffer& buffer) {
      return detail::is_default(call) ? convert(input, buffer)
                                      : convert(input, buffer, call.limits);
    });
  }

  /// For the library: what was compiled.
  std::shared_ptr<const detail::CodecState> compiled_;
};

template <class T>
class Codec;

/// Writes C++ objects of type T.
template <class T>
class Encoder : public CodecBase {
 public:
  /// Appends to `out`, a Buffer, a std::string or a Chain. After an error, `out` is as before the call.
  [[nodiscard]] Result<void> encode(const T& value, Output out,
                                    const CallOptions& call = detail::default_call) const {
    return encode_object(&value, out, call);
  }
  /// Writes to the start of `out` and returns the size. Where `out` is too small, the error is
  /// size_limit and says how many bytes are needed. After an error, the bytes of `out` are
  /// unspecified.
  [[nodiscard]] Result<std::size_t> encode(const T& value, OutputSpan out,
                                           const CallOptions& call = detail::default_call) const {
    return encode_object(&value, out, call);
  }

 private:
  friend class Engine;
  friend class Codec<T>;
  using CodecBase::CodecBase;
};

/// Reads C++ objects of type T.
template <class T>
class Decoder : public CodecBase {
 public:
  /// Replaces the contents of `value`: members whose fields did not come get their defaults.
  /// Containers keep their memory where they can. After an error, `value` is valid but unspecified.
  /// What code of the application throws (constructors of members, comparisons, hashes, allocators)
  /// ends the call with Errc::exception.
  [[nodiscard]] Result<void> decode(const Input& input, T& value,
                                    const CallOptions& call = detail::default_call) const {
    return decode_object(input, &value, call);
  }
  /// The same into a new object.
  [[nodiscard]] Result<T> decode(const Input& input,
                                 const CallOptions& call = detail::default_call) const {
    return detail::guarded([&] {  // T's constructor may throw
      Result<T> value;
      if (Result<void> done = decode_object(input, &*value, call); !done) {
        value = std::unexpected(std::move(done.error()));
      }
      return value;
    });
  }
  /// As decode() of the value that the input begins with, whatever follows it: returns how many
  /// bytes the value took, from the first byte given. White space behind a text is not part of it.
  /// A Protobuf message does not say where it ends: its length stands in front, as a varint, which
  /// counts. Of a chain, at most 512 bytes or twice as many as the value has are read. Offsets of
  /// errors count from the first byte given; `truncated` says that more bytes may complete the
  /// value. Limits::input_bytes bounds the value, without its length, and not what follows it.
  [[nodiscard]] Result<std::size_t> decode_prefix(
      const Input& input, T& value, const CallOptions& call = detail::default_call) const {
    return this->decode_prefix_object(input, &value, call);
  }

 private:
  friend class Engine;
  friend class Codec<T>;
  using CodecBase::CodecBase;
};

/// The two directions of a codec. They are compiled together.
template <class E, class D>
class CodecPair {
 public:
  /// The direction that writes. It lives as long as this; a copy lives as long as it is kept.
  [[nodiscard]] const E& encoder() const noexcept { return encoder_; }
  /// The direction that reads. It lives as long as this; a copy lives as long as it is kept.
  [[nodiscard]] const D& decoder() const noexcept { return decoder_; }

  /// What both directions were compiled to, together.
  [[nodiscard]] CodecInfo info() const { return encoder_.info() + decoder_.info(); }
  /// The Programs of both directions, the encoder's first: CodecBase::dump_program.
  [[nodiscard]] std::string dump_program() const {
    return encoder_.dump_program() + decoder_.dump_program();
  }
  /// The machine code of both directions, the encoder's first: CodecBase::dump_code.
  [[nodiscard]] Result<std::string> dump_code(std::string_view cpu) const {
    Result<std::string> both = encoder_.dump_code(cpu);
    Result<std::string> second = both ? decoder_.dump_code(cpu) : both;
    return second ? std::move(*both) + *second : second;
  }

 protected:
  /// For the library: the pair of two codecs.
  CodecPair(E e, D d) noexcept : encoder_(std::move(e)), decoder_(std::move(d)) {}

  /// For the library: the direction that writes.
  E encoder_;
  /// For the library: the direction that reads.
  D decoder_;
};

/// Reads and writes C++ objects of type T in one format.
template <class T>
class Codec : public CodecPair<Encoder<T>, Decoder<T>> {
 public:
  /// As of Encoder<T>.
  [[nodiscard]] Result<void> encode(const T& value, Output out,
                                    const CallOptions& call = detail::default_call) const {
    return this->encoder_.encode(value, out, call);
  }
  /// As of Encoder<T>.
  [[nodiscard]] Result<std::size_t> encode(const T& value, OutputSpan out,
                                           const CallOptions& call = detail::default_call) const {
    return this->encoder_.encode(value, out, call);
  }
  /// As of Decoder<T>.
  [[nodiscard]] Result<void> decode(const Input& input, T& value,
                                    const CallOptions& call = detail::default_call) const {
    return this->decoder_.decode(input, value, call);
  }
  /// As of Decoder<T>.
  [[nodiscard]] Result<T> decode(const Input& input,
                                 const CallOptions& call = detail::default_call) const {
    return this->decoder_.decode(input, call);
  }
  /// As of Decoder<T>.
  [[nodiscard]] Result<std::size_t> decode_prefix(
      const Input& input, T& value, const CallOptions& call = detail::default_call) const {
    return this->decoder_.decode_prefix(input, value, call);
  }

 private:
  friend class Engine;
  explicit Codec(detail::Compilation&& made) noexcept
      : CodecPair<Encoder<T>, Decoder<T>>(Encoder<T>({.first = std::move(made.first)}),
                                          Decoder<T>({.first = std::move(made.second)})) {}
};

/// Turns one format into another with no object in between.
class Transcoder : public CodecBase {
 public:
  /// Appends to `out`, a Buffer, a std::string or a Chain. After an error, `out` is as before the call.
  /// CallOptions::arena is not used.
  [[nodiscard]] Result<void> transcode(const Input& input, Output out,
                                       const CallOptions& call = detail::default_call) const {
    return convert_to(input, out, call);
  }
  /// As Encoder::encode to a span.
  [[nodiscard]] Result<std::size_t> transcode(
      const Input& input, OutputSpan out, const CallOptions& call = detail::default_call) const {
    return convert_to(input, out, call);
  }
  /// As transcode() of the value that the input begins with, whatever follows it: appends to `out`
  /// and returns how many bytes the value took. What the input may be, and errors, are those of
  /// Decoder::decode_prefix. What is written has no length in front.
  [[nodiscard]] Result<std::size_t> transcode_prefix(
      const Input& input, Output out, const CallOptions& call = detail::default_call) const {
    std::size_t taken = 0;
    Result<void> done = detail::encode_into(out, [&](Buffer& buffer) -> Result<void> {
      Result<std::size_t> read = convert_prefix(input, buffer, call);
      if (!read) {
        return std::unexpected(std::move(read).error());
      }
      taken = *read;
      return {};
    });
    return done ? Result<std::size_t>(taken) : std::unexpected(std::move(done).error());
  }

 private:
  friend class Engine;
  using CodecBase::CodecBase;
};

/// Makes objects of type To of objects of type From, with no message in between.
template <class From, class To>
class Converter : public CodecBase {
 public:
  /// Replaces the contents of `to`, as Decoder::decode does. Views and spans among the members of
  /// `to` point into CallOptions::arena: what they point at is copied. Unknown fields that `from`
  /// keeps do not go over. The two objects must not overlap; one object for both is `unsupported`.
  [[nodiscard]] Result<void> convert(const From& from, To& to,
                                     const CallOptions& call = detail::default_call) const {
    return convert_object(&from, &to, call);
  }
  /// The same into a new object.
  [[nodiscard]] Result<To> convert(const From& from,
                                   const CallOptions& call = detail::default_call) const {
    return detail::guarded([&] {  // To's constructor may throw
      Result<To> value;
      if (Result<void> done = convert_object(&from, &*value, call); !done) {
        value = std::unexpected(std::move(done.error()));
      }
      return value;
    });
  }

 private:
  friend class Engine;
  using CodecBase::CodecBase;
};

/// Compiles codecs and keeps them for reuse. A cheap handle to shared state; any number of threads
/// may use copies of it. A type asked for by several threads at once is compiled once. Moving
/// copies: what was moved from stays usable.
///
/// Errors of all that compiles, besides those said below: not_found for a schema that is empty, for
/// a type that is not of the schema given with it (a copy of a Type is not), and for a format that
/// is empty.
class Engine {
 public:
  /// An engine that has compiled nothing yet. Copies share what it compiles.
  explicit Engine(const EngineOptions& options = {});
  Engine(const Engine&) = default;
  Engine& operator=(const Engine&) = default;
  ~Engine() = default;

  /// One for the whole process, with default options, made on first use: what json::read and its
  /// like use.
  [[nodiscard]] static const Engine& shared();

  /// Whether codecs become machine code.
  [[nodiscard]] bool generates_code() const noexcept;
  /// How codecs run, in words; where there is no machine code, why not.
  [[nodiscard]] std::string describe() const;

  /// Writes C++ structs registered with WIREJIT_STRUCT (reflect.h). Errors: schema_invalid (of the
  /// registration, naming struct and member), unsupported (what the format cannot hold, or a type
  /// at the root that is no struct), code_memory, no_memory.
  template <class T>
  [[nodiscard]] Result<Encoder<T>> encoder(const Format& format,
                                           const Options& options = {}) const {
    return wrap<Encoder<T>>(compile(layout_of<T>(), nullptr, format, options, Side::encoder));
  }
  /// Reads C++ structs registered with WIREJIT_STRUCT. Errors: those of encoder().
  template <class T>
  [[nodiscard]] Result<Decoder<T>> decoder(const Format& format,
                                           const Options& options = {}) const {
    return wrap<Decoder<T>>(compile(layout_of<T>(), nullptr, format, options, Side::decoder));
  }
  /// Reads and writes C++ structs registered with WIREJIT_STRUCT. Errors: those of encoder().
  template <class T>
  [[nodiscard]] Result<Codec<T>> codec(const Format& format, const Options& options = {}) const {
    return wrap<Codec<T>>(compile(layout_of<T>(), nullptr, format, options, Side::both));
  }
  /// Writes C++ structs with names, requiredness and defaults of a schema's struct, against which T
  /// is checked: layout_mismatch names the field that disagrees.
  template <class T>
  [[nodiscard]] Result<Encoder<T>> encoder(const StructRef& type, const Format& format,
                                           const Options& options = {}) const {
    return wrap<Encoder<T>>(compile(layout_of<T>(), &type, format, options, Side::encoder));
  }
  /// Reads C++ structs by a schema's struct, as the encoder() of one writes them.
  template <class T>
  [[nodiscard]] Result<Decoder<T>> decoder(const StructRef& type, const Format& format,
                                           const Options& options = {}) const {
    return wrap<Decoder<T>>(compile(layout_of<T>(), &type, format, options, Side::decoder));
  }
  /// Reads and writes C++ structs by a schema's struct, as the encoder() of one writes them.
  template <class T>
  [[nodiscard]] Result<Codec<T>> codec(const StructRef& type, const Format& format,
                                       const Options& options = {}) const {
    return wrap<Codec<T>>(compile(layout_of<T>(), &type, format, options, Side::both));
  }

  /// A codec of records, data without C++ types (record_codec.h, which a caller includes).
  [[nodiscard]] Result<RecordCodec> record_codec(const RecordType& type, const Format& format,
                                                 const Options& options = {}) const;
  /// The same for a type of a schema, of which records keep unknown fields if the options say
  /// Unknown::keep. Errors: those of RecordType::make, too.
  [[nodiscard]] Result<RecordCodec> record_codec(const TypeRef& type, const Format& format,
                                                 const Options& options = {}) const;

  /// From one format to another, with no object in between. Errors: unsupported (what a format
  /// cannot hold), code_memory, no_memory.
  [[nodiscard]] Result<Transcoder> transcoder(const TypeRef& type, const Format& from,
                                              const Format& to, const Options& options = {}) const;
  /// From a struct of one schema to a struct of another, such as a Protobuf message to a Thrift
  /// struct. Fields without a counterpart are skipped; integers keep their value, or their bits if
  /// the width is the same, and one that does not fit a narrower target is number_out_of_range;
  /// enums go over by number, lists and sets into each other. `unsupported` names what does not go
  /// together: types, a required field of the target that the source lacks, a struct of the source
  /// that would have to become two, fields that may both be set, of which the target holds one.
  [[nodiscard]] Result<Transcoder> transcoder(const StructRef& from_type, const Format& from,
                                              const StructRef& to_type, const Format& to,
                                              Match match = Match::number,
                                              const Options& options = {}) const;

  /// From objects of one registered struct to objects of another, without a message in between.
  /// Fields go over as those of a transcoder between two schemas do.
  template <class From, class To>
  [[nodiscard]] Result<Converter<From, To>> converter(Match match = Match::number,
                                                      const Options& options = {}) const {
    return wrap<Converter<From, To>>(
        compile_converter(layout_of<From>(), layout_of<To>(), match, options));
  }

  /// For the library: a handle of a codec.
  using Handle = std::shared_ptr<const detail::CodecState>;
  /// For the library: what this is a handle of.
  [[nodiscard]] const std::shared_ptr<detail::EngineState>& state() const noexcept {
    return state_;
  }

 private:
  enum class Side : std::uint8_t { encoder, decoder, both };
  // `type`: null: of the registration.
  [[nodiscard]] Result<detail::Compilation> compile(const Layout& layout, const StructRef* type,
                                                    const Format& format, const Options& options,
                                                    Side side) const;
  [[nodiscard]] Result<detail::Compilation> compile_converter(const Layout& from, const Layout& to,
                                                              Match match,
                                                              const Options& options) const;
  template <class C>
  static Result<C> wrap(Result<detail::Compilation>&& made) {
    if (!made) {
      return std::unexpected(std::move(made.error()));
    }
    return C(std::move(*made));
  }

  std::shared_ptr<detail::EngineState> state_;
};

}  // namespace wirejit
