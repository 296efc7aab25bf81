// The public calls: requests to the engine, and the few instructions around a Program.
// Entry: Engine, CodecBase, RecordCodec. Invariant: a call that fails leaves its output as it was.
#include "jit/emit.h"
#include "jit/engine.h"
#include "jit/format_impl.h"
#include "jit/retype.h"
#include "jit/scratch.h"
#include "memory/call.h"
#include "memory/conversions.h"
#include "memory/errors.h"
#include "memory/no_throw.h"
#include "memory/reader.h"
#include "memory/record_layout.h"
#include "memory/writer.h"

#include <wirejit/codec.h>
#include <wirejit/record_codec.h>

#include <cstdio>
#include <cstring>
#include <mutex>

namespace wirejit {

using jit::Compiled;
using jit::Context;
using jit::Request;
using memory::set_input;
using memory::set_output;
using memory::take_output;

std::string_view Format::name() const noexcept { return impl_->name(); }
bool Format::is_text() const noexcept { return impl_->is_text(); }

// ---- Calls

namespace {

constexpr std::size_t first_output = 512;

// The context of a call. The output begins behind what the buffer holds.
void start(const Compiled& c, Context& ctx, Buffer* out) noexcept {
  c.begin(ctx);
  if (out != nullptr) {
    const std::size_t used = out->size();
    const std::size_t limit = used + c.limits.output_bytes;
    set_output(ctx, *out, limit < used ? ~std::uint64_t{0} : limit);
  }
}

bool finish(Context& ctx, std::uint64_t ok) noexcept {
  if (ctx.scratch != nullptr) {
    jit::free_scratch(ctx);
  }
  return ok != 0;
}

// A chain becomes one span: in the arena if there is one, so that views may point at it.
Result<Bytes> gather(const Input& input, Arena* arena, std::vector<std::uint8_t>& own) {
  if (!input.is_chain()) {
    return input.bytes();
  }
  std::size_t total = 0;
  for (const Bytes part : input.chain()) {
    total += part.size();
  }
  std::uint8_t* to = nullptr;
  if (arena != nullptr) {
    to = static_cast<std::uint8_t*>(arena->allocate(total == 0 ? 1 : total, 8));
  } else {
    own.resize(total + 1);
    to = own.data();
  }
  if (to == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  std::size_t at = 0;
  for (const Bytes part : input.chain()) {
    if (!part.empty()) {
      std::memcpy(to + at, part.data(), part.size());
      at += part.size();
    }
  }
  return Bytes(to, total);
}

Result<Bytes> take_input(const Compiled& c, const Input& input, Arena* arena,
                         std::vector<std::uint8_t>& own) {
  Result<Bytes> bytes = gather(input, arena, own);
  if (bytes && bytes->size() > c.limits.input_bytes) {
    return std::unexpected(Error(Errc::size_limit, "the input has " +
                                                       std::to_string(bytes->size()) +
                                                       " bytes, more than the limit of " +
                                                       std::to_string(c.limits.input_bytes)));
  }
  if (bytes && bytes->data() == nullptr) {
    static constexpr std::uint8_t nothing = 0;
    return Bytes(&nothing, 0);  // cursors are never null
  }
  return bytes;
}

}  // namespace

namespace {

// Out of line, so that the way of success saves no registers for it.
[[gnu::cold, gnu::noinline]] Result<void> encode_failed(const Compiled& c, const Context& ctx,
                                                        const void* object, Buffer& out,
                                                        std::size_t before) {
  Error error = memory::explain(c, ctx, {}, [&](Context& again, Buffer& scratch) {
    start(c, again, &scratch);
    again.r0 = reinterpret_cast<std::uint64_t>(object);
  });
  out.set_size(before);
  return std::unexpected(std::move(error));
}

}  // namespace

Result<void> CodecBase::encode_object(const void* object, Buffer& out) const {
  const Compiled& c = *compiled_;
  const std::size_t before = out.size();
  if (out.capacity() == 0 && !out.reserve(first_output)) [[unlikely]] {
    return std::unexpected(Error(Errc::no_memory));
  }
  Context ctx;
  start(c, ctx, &out);
  ctx.r0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, c.run(ctx)) && take_output(ctx, out)) [[likely]] {
    return {};
  }
  return encode_failed(c, ctx, object, out, before);
}

namespace {

Error explain_decode(const Compiled& c, const Context& ctx, Bytes bytes, void* object,
                     Arena* arena) {
  return memory::explain(c, ctx, bytes, [&](Context& again, Buffer&) {
    start(c, again, nullptr);
    set_input(again, bytes);
    again.arena = arena;
    again.w0 = reinterpret_cast<std::uint64_t>(object);
  });
}

// Positions in a normal form are none in the input.
Error without_offset(const Error& e) {
  return Error({.code = e.code(), .path = e.path(), .message = e.message()});
}

// The call again on the input's normal form. What the object's views may point at is kept by the
// arena.
Result<void> decode_normal_form(const Compiled& c, Bytes bytes, void* object, Arena* arena) {
  if (c.alias_input && arena == nullptr) {
    return std::unexpected(
        Error(Errc::unsupported, "the message came in pieces: views need an arena that holds it"));
  }
  Buffer whole;
  if (!whole.reserve(bytes.size() + 64)) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (Result<void> made = c.normal_form(bytes, whole); !made) {
    return made;
  }
  Bytes normal = whole.bytes();
  if (arena != nullptr) {
    const std::string_view kept = arena->copy(as_text(normal));
    if (kept.data() == nullptr && !normal.empty()) {
      return std::unexpected(Error(Errc::no_memory));
    }
    normal = {reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size()};
  }
  static constexpr std::uint8_t nothing = 0;
  if (normal.empty()) {
    normal = Bytes(&nothing, 0);
  }
  Context ctx;
  start(c, ctx, nullptr);
  set_input(ctx, normal);
  ctx.arena = arena;
  ctx.w0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, c.run(ctx))) {
    return {};
  }
  if (ctx.error == jit::restart_code) {
    return std::unexpected(Error(Errc::internal, "the normal form is none"));
  }
  return std::unexpected(without_offset(explain_decode(c, ctx, normal, object, arena)));
}

// Whether a call that failed so may do better on the normal form: what is missing in one piece may
// stand in the next.
bool may_be_in_pieces(const Compiled& c, std::uint32_t code) {
  return c.normal_form &&
         (code == jit::restart_code || code == static_cast<std::uint32_t>(Errc::missing_required) ||
          code == static_cast<std::uint32_t>(Errc::union_not_one));
}

[[gnu::cold, gnu::noinline]] Result<void> decode_failed(const Compiled& c, const Context& ctx,
                                                        Bytes bytes, void* object, Arena* arena) {
  if (may_be_in_pieces(c, ctx.error)) {
    Result<void> second = decode_normal_form(c, bytes, object, arena);
    if (second || static_cast<std::uint32_t>(second.error().code()) != ctx.error) {
      return second;
    }  // the same again: the first run knows the position
  }
  return std::unexpected(explain_decode(c, ctx, bytes, object, arena));
}

}  // namespace

Result<void> CodecBase::decode_object(const Input& input, void* object, Arena* arena) const {
  const Compiled& c = *compiled_;
  std::vector<std::uint8_t> own;
  Bytes bytes = input.bytes();
  if (input.is_chain() || bytes.data() == nullptr || bytes.size() > c.limits.input_bytes)
      [[unlikely]] {
    Result<Bytes> taken = take_input(c, input, arena, own);
    if (!taken) {
      return std::unexpected(std::move(taken.error()));
    }
    bytes = *taken;
  }
  Context ctx;
  start(c, ctx, nullptr);
  set_input(ctx, bytes);
  ctx.arena = arena;
  ctx.w0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, c.run(ctx))) [[likely]] {
    return {};
  }
  return decode_failed(c, ctx, bytes, object, arena);
}

namespace {

// What a later field of the same name may mend, or what the record's way sees otherwise. All else
// is malformed input, and final.
bool may_be_replaced(Errc code) {
  switch (code) {
    case Errc::invalid_utf8:
    case Errc::invalid_string:
    case Errc::invalid_number:
    case Errc::number_out_of_range:
    case Errc::unknown_enum:
    case Errc::missing_required:
    case Errc::union_not_one:
    case Errc::size_limit: return true;
    default: return false;
  }
}

// The call again, through a record: what counts is the last of duplicate fields.
Result<void> detour(const Compiled& c, Bytes bytes, Buffer& out);

// The call again in one pass, on the input's normal form; false where that fails.
bool convert_normal_form(const Compiled& c, Bytes bytes, Buffer& out) {
  Buffer whole;
  if (!c.normal_form || !whole.reserve(bytes.size() + 64) || !c.normal_form(bytes, whole)) {
    return false;
  }
  const std::size_t before = out.size();
  Context ctx;
  start(c, ctx, &out);
  set_input(ctx, whole.bytes());
  if (finish(ctx, c.run(ctx)) && take_output(ctx, out)) {
    return true;
  }
  out.set_size(before);
  return false;
}

// The call again, by the way that takes it. Of several errors the record's way tells the one that
// decoding tells; a normal form is made of all tags before any value is looked at.
Result<void> second_way(const Compiled& c, Bytes bytes, Buffer& out) {
  return convert_normal_form(c, bytes, out) ? Result<void>{} : detour(c, bytes, out);
}

}  // namespace

Result<void> CodecBase::convert(const Input& input, Buffer& out) const {
  const Compiled& c = *compiled_;
  std::vector<std::uint8_t> own;
  Result<Bytes> bytes = take_input(c, input, nullptr, own);
  if (!bytes) {
    return std::unexpected(std::move(bytes.error()));
  }
  if (c.through_record) [[unlikely]] {
    return detour(c, *bytes, out);
  }
  const std::size_t before = out.size();
  if (out.capacity() == 0 && !out.reserve(first_output + bytes->size())) {
    return std::unexpected(Error(Errc::no_memory));
  }
  Context ctx;
  start(c, ctx, &out);
  set_input(ctx, *bytes);
  if (finish(ctx, c.run(ctx)) && take_output(ctx, out)) [[likely]] {
    return {};
  }
  out.set_size(before);
  const std::uint32_t code = ctx.error;
  if (code == jit::restart_code) {
    return second_way(c, *bytes, out);
  }
  if (c.make_detour && may_be_replaced(static_cast<Errc>(code))) {
    Result<void> second = second_way(c, *bytes, out);
    if (second || static_cast<std::uint32_t>(second.error().code()) != code) {
      return second;
    }  // the same again: the first run knows the position
  }
  return std::unexpected(memory::explain(c, ctx, *bytes, [&](Context& again, Buffer& scratch) {
    start(c, again, &scratch);
    set_input(again, *bytes);
  }));
}

namespace {

class Piece : public CodecBase {
 public:
  explicit Piece(std::shared_ptr<const Compiled> c) noexcept : CodecBase(std::move(c)) {}
  using CodecBase::decode_object;
  using CodecBase::encode_object;
};

Result<void> detour(const Compiled& c, Bytes bytes, Buffer& out) {
  return memory::without_throwing([&]() -> Result<void> {
    Result<Compiled::Detour> way = c.make_detour();
    if (!way) {
      return std::unexpected(std::move(way.error()));
    }
    Arena arena;
    void* object = arena.allocate(way->object_size, 8);
    if (object == nullptr) {
      return std::unexpected(Error(Errc::no_memory));
    }
    std::memset(object, 0, way->object_size);
    if (Result<void> read = Piece(way->decoder).decode_object(bytes, object, &arena); !read) {
      return read;
    }
    return Piece(way->encoder).encode_object(object, out);
  });
}

}  // namespace

// ---- Listings

CodecInfo CodecBase::info() const {
  CodecInfo info;
  info.routines = compiled_->module.programs.size();
  for (const jit::Program& p : compiled_->module.programs) {
    info.ops += p.ops.size();
  }
  if (const jit::Code* code = compiled_->module.code.get(); code != nullptr) {
    info.code_bytes = code->code_bytes();
    for (const jit::RoutineCode& r : code->routines()) {
      info.instructions += r.instructions;
      info.interpreted_routines += r.is_compiled() ? 0 : 1;
    }
  } else {
    info.interpreted_routines = info.routines;
  }
  info.machine_code = info.interpreted_routines == 0;
  return info;
}

std::string CodecBase::dump_program() const {
  std::string out;
  for (std::size_t k = 0; k < compiled_->module.programs.size(); ++k) {
    out += "#" + std::to_string(k) + " " + jit::dump(compiled_->module.programs[k]) + "\n";
  }
  return out;
}

Result<std::string> CodecBase::dump_code(std::string_view cpu) const {
  const Result<jit::Cpu> which = jit::cpu_named(cpu);
  if (!which) {
    return std::unexpected(which.error());
  }
  std::string out;
  for (std::size_t k = 0; k < compiled_->module.programs.size(); ++k) {
    Result<std::string> one = jit::list(compiled_->module.programs[k], *which);
    if (!one) {
      return one;
    }
    out += "#" + std::to_string(k) + " " + *one + "\n";
  }
  return out;
}

// ---- Compiling

namespace {

jit::CompileOptions compile_options(const Options& o) {
  jit::CompileOptions c;
  c.comments = o.comments;
  c.alias_input = o.alias_input;
  c.check_unions = o.check_unions;
  c.reject_duplicate_fields = o.reject_duplicate_fields;
  c.reject_duplicate_keys = o.reject_duplicate_keys;
  c.keep_unknown = o.keep_unknown;
  c.allow_partial = o.allow_partial;
  c.validate_utf8 = o.validate_utf8;
  return c;
}

void add(std::string& key, const void* p) {
  char text[24];
  std::snprintf(text, sizeof text, "%p|", p);
  key += text;
}

std::string options_key(const Options& o) {
  char text[160];
  std::snprintf(text, sizeof text, "%u,%zu,%zu,%zu,%d%d%d%d%d%d%d%d%d%d|", o.limits.depth,
                o.limits.input_bytes, o.limits.output_bytes, o.limits.memory, o.alias_input,
                o.reject_duplicate_fields, o.check_unions, o.validate_utf8, o.keep_unknown,
                o.error_paths, o.comments, o.reject_duplicate_keys, o.through_record,
                o.allow_partial);
  return text;
}

// A request without reader and writer.
Request request(jit::EngineImpl& engine, const Schema& schema, const Type& type,
                const Options& options) {
  Request r;
  r.type = &type;
  r.options = compile_options(options);
  r.limits = options.limits;
  r.error_paths = options.error_paths;
  r.keeps.push_back(schema.data());
  memory::add_conversions(r, engine, schema);
  return r;
}

struct CppType {
  Schema schema;
  const Type* type = nullptr;
};

// The schema that a C++ type is read and written by: the one given, checked, or one derived from
// the registration.
Result<CppType> type_for(const Layout& layout, const Schema* schema, const StructType* type) {
  if (layout.form != Form::structure) {
    return std::unexpected(
        Error(Errc::unsupported, "a C++ type at the root must be a registered struct"));
  }
  const StructLayout& s = *layout.structure();
  if (type != nullptr) {
    if (Result<void> fits = check_layout(s, *type); !fits) {
      return std::unexpected(std::move(fits.error()));
    }
    return CppType{*schema, schema->type_of(*type)};
  }
  Result<Schema> derived = schema_of(s);
  if (!derived) {
    return std::unexpected(std::move(derived.error()));
  }
  const StructType* root = derived->structs().empty() ? nullptr : derived->find_struct(s.name);
  if (root == nullptr) {
    return std::unexpected(Error(Errc::internal, "no schema for " + s.name));
  }
  const Type* of_root = derived->type_of(*root);
  return CppType{std::move(*derived), of_root};
}

}  // namespace

Engine::Engine(const EngineOptions& options) : impl_(std::make_shared<jit::EngineImpl>(options)) {}
bool Engine::generates_code() const noexcept { return impl_->generates_code(); }
std::string Engine::describe() const { return impl_->describe(); }

namespace {

void set_normal_form(Request& r, const Format& format) {
  if (format.impl().has_normal_form() && r.type->kind == Kind::structure) {
    r.normal_form = [impl = &format.impl(), type = r.type, options = r.options, limits = r.limits](
                        Bytes bytes, Buffer& out) {
      return impl->normal_form(*type, bytes, options, limits, out);
    };  // both are kept by r.keeps
  }
}

// The two sides of a codec for what lies in memory as `layout` says.
void set_encoder(Request& r, const Layout& layout, const Format& format, const Options& options) {
  r.keeps.push_back(format.owner());
  r.reader = std::make_unique<memory::MemoryReader>(layout, options.reject_duplicate_keys);
  r.writer = format.impl().make_writer(r.options);
}

void set_decoder(Request& r, const Layout& layout, const Format& format, const Options& options,
                 bool unique_keys = false) {
  r.keeps.push_back(format.owner());
  r.text_input = format.is_text();
  r.reader = format.impl().make_reader(r.options);
  set_normal_form(r, format);
  // Where a format says that of equal keys the last counts, a record holds that one alone.
  const bool last_of_equal = unique_keys || format.impl().has_normal_form();
  r.writer = std::make_unique<memory::MemoryWriter>(layout, options.alias_input, last_of_equal);
}

// A codec of a C++ type; `set_sides` gives the request its reader and writer.
template <class F>
Result<Engine::Handle> compile_for_type(jit::EngineImpl& engine, std::string key,
                                        const Layout& layout, const Schema* schema,
                                        const StructType* type, const Format& format,
                                        const Options& options, F set_sides) {
  return memory::without_throwing([&]() -> Result<Engine::Handle> {
    add(key, &layout);
    add(key, type);
    key += options_key(options) + format.impl().key();
    return engine.compile(key, [&]() -> Result<Request> {
      Result<CppType> t = type_for(layout, schema, type);
      if (!t) {
        return std::unexpected(std::move(t.error()));
      }
      Request r = request(engine, t->schema, *t->type, options);
      set_sides(r);
      return r;
    });
  });
}

// The same for a record type.
template <class F>
Result<Engine::Handle> compile_for_record(
    jit::EngineImpl& engine, std::string key,
    const std::shared_ptr<const memory::RecordLayouts>& layouts, const Format& format,
    const Options& options, F set_sides) {
  add(key, layouts.get());
  key += options_key(options) + format.impl().key();
  return engine.compile(key, [&]() -> Result<Request> {
    Request r = request(engine, layouts->schema(), layouts->root(), options);
    r.keeps.push_back(layouts);
    set_sides(r);
    return r;
  });
}

}  // namespace

Result<Engine::Handle> Engine::compile_encoder(const Layout& layout, const Schema* schema,
                                               const StructType* type, const Format& format,
                                               const Options& options) const {
  return compile_for_type(*impl_, "encode|", layout, schema, type, format, options,
                          [&](Request& r) { set_encoder(r, layout, format, options); });
}

Result<Engine::Handle> Engine::compile_decoder(const Layout& layout, const Schema* schema,
                                               const StructType* type, const Format& format,
                                               const Options& options) const {
  return compile_for_type(*impl_, "decode|", layout, schema, type, format, options,
                          [&](Request& r) { set_decoder(r, layout, format, options); });
}

namespace {

using Layouts = std::shared_ptr<const memory::RecordLayouts>;

Result<Engine::Handle> record_encoder(jit::EngineImpl& engine, const Layouts& layouts,
                                      const Format& format, const Options& options) {
  return compile_for_record(engine, "encode-record|", layouts, format, options, [&](Request& r) {
    set_encoder(r, layouts->root_layout(), format, options);
  });
}

Result<Engine::Handle> record_decoder(jit::EngineImpl& engine, const Layouts& layouts,
                                      const Format& format, const Options& options,
                                      bool unique_keys = false) {
  return compile_for_record(
      engine, unique_keys ? "decode-record-unique|" : "decode-record|", layouts, format, options,
      [&](Request& r) { set_decoder(r, layouts->root_layout(), format, options, unique_keys); });
}

// What a transcoder writes, if that is not what it reads.
struct Target {
  Schema schema;
  const Type* type = nullptr;
  Match match = Match::number;
};

// A transcoder's writer, for `type` as the reader knows it.
Result<std::unique_ptr<jit::Writer>> target_writer(Request& r, const Type& type, const Format& to,
                                                   const std::optional<Target>& target) {
  r.keeps.push_back(to.owner());
  std::unique_ptr<jit::Writer> writer = to.impl().make_writer(r.options);
  if (!target) {
    return writer;
  }
  r.keeps.push_back(target->schema.data());
  return jit::retype(std::move(writer), type, *target->type, target->match);
}

Result<Engine::Handle> record_retyper(jit::EngineImpl& engine, const Layouts& layouts,
                                      const Format& to, const Target& target,
                                      const Options& options) {
  Request r = request(engine, layouts->schema(), layouts->root(), options);
  r.keeps.push_back(layouts);
  r.reader =
      std::make_unique<memory::MemoryReader>(layouts->root_layout(), options.reject_duplicate_keys);
  Result<std::unique_ptr<jit::Writer>> writer = target_writer(r, layouts->root(), to, target);
  if (!writer) {
    return std::unexpected(std::move(writer.error()));
  }
  r.writer = std::move(*writer);
  return engine.build(std::move(r));  // kept by the transcoder alone
}

Result<Compiled::Detour> make_detour(const std::shared_ptr<jit::EngineImpl>& engine,
                                     const Schema& schema, const Type& type, const Format& from,
                                     const Format& to, const std::optional<Target>& target,
                                     Options options) {
  options.alias_input = true;  // the record does not outlive the call
  // Equal keys are dropped only where the target cannot hold them: else the detour would write
  // other bytes.
  const bool unique_keys = to.impl().make_writer(compile_options(options))->needs().unique_keys;
  Result<Layouts> layouts =
      memory::RecordLayouts::make(schema, type, {.keep_unknown = options.keep_unknown});
  if (!layouts) {
    return std::unexpected(std::move(layouts.error()));
  }
  Result<Engine::Handle> decoder = record_decoder(*engine, *layouts, from, options, unique_keys);
  if (!decoder) {
    return std::unexpected(std::move(decoder.error()));
  }
  Result<Engine::Handle> encoder = target ? record_retyper(*engine, *layouts, to, *target, options)
                                          : record_encoder(*engine, *layouts, to, options);
  if (!encoder) {
    return std::unexpected(std::move(encoder.error()));
  }
  return Compiled::Detour{std::move(*decoder), std::move(*encoder), (*layouts)->root_layout().size};
}

}  // namespace

namespace {

Result<Engine::Handle> compile_transcoder(const std::shared_ptr<jit::EngineImpl>& impl,
                                          const Schema& schema, const Type& type,
                                          const Format& from, const Format& to,
                                          const std::optional<Target>& target,
                                          const Options& options) {
  return memory::without_throwing([&]() -> Result<Engine::Handle> {
    std::string key = "transcode|";
    add(key, schema.data().get());
    add(key, &type);
    if (target) {
      add(key, target->schema.data().get());
      add(key, target->type);
      key += target->match == Match::number ? "number|" : "name|";
    }
    key += options_key(options) + from.impl().key() + ">" + to.impl().key();
    // Made once, when first needed; kept with the Compiled, and weak towards the engine that keeps
    // that.
    struct Lazy {
      std::mutex mutex;
      std::optional<Compiled::Detour> way;
    };
    const auto lazy = std::make_shared<Lazy>();
    return impl->compile(key, [&]() -> Result<Request> {
      Request r = request(*impl, schema, type, options);
      r.keeps.push_back(from.owner());
      r.text_input = from.is_text();
      r.through_record = options.through_record;
      r.reader = from.impl().make_reader(r.options);
      set_normal_form(r, from);
      Result<std::unique_ptr<jit::Writer>> writer = target_writer(r, type, to, target);
      if (!writer) {
        return std::unexpected(std::move(writer.error()));
      }
      r.writer = std::move(*writer);
      r.make_detour = [lazy, weak = std::weak_ptr(impl), kind = impl->kind(), schema, &type, from,
                       to, target, options]() -> Result<Compiled::Detour> {
        const std::lock_guard lock(lazy->mutex);
        if (!lazy->way) {
          std::shared_ptr<jit::EngineImpl> engine = weak.lock();
          if (engine == nullptr) {
            engine = std::make_shared<jit::EngineImpl>(EngineOptions{.kind = kind});
          }
          Result<Compiled::Detour> made =
              wirejit::make_detour(engine, schema, type, from, to, target, options);
          if (!made) {
            return made;
          }
          lazy->way = std::move(*made);
        }
        return *lazy->way;
      };
      return r;
    });
  });
}

}  // namespace

Result<Transcoder> Engine::transcoder(const Schema& schema, const Type& type, const Format& from,
                                      const Format& to, const Options& options) const {
  return wrap<Transcoder>(compile_transcoder(impl_, schema, type, from, to, {}, options));
}

Result<Transcoder> Engine::transcoder(const Schema& from_schema, const StructType& from_type,
                                      const Format& from, const Schema& to_schema,
                                      const StructType& to_type, const Format& to, Match match,
                                      const Options& options) const {
  return wrap<Transcoder>(
      compile_transcoder(impl_, from_schema, *from_schema.type_of(from_type), from, to,
                         Target{to_schema, to_schema.type_of(to_type), match}, options));
}

// ---- Records

Result<RecordCodec> RecordCodec::make(const Engine& engine, const RecordType& type,
                                      const Format& format, const Options& options) {
  return memory::without_throwing([&]() -> Result<RecordCodec> {
    if (type.empty()) {
      return std::unexpected(Error(Errc::not_found, "the record type is empty"));
    }
    Result<Engine::Handle> e = record_encoder(*engine.impl(), type.layouts(), format, options);
    if (!e) {
      return std::unexpected(std::move(e.error()));
    }
    Result<Engine::Handle> d = record_decoder(*engine.impl(), type.layouts(), format, options);
    if (!d) {
      return std::unexpected(std::move(d.error()));
    }
    return RecordCodec(type, Half(std::move(*e)), Half(std::move(*d)));
  });
}

Result<Value> RecordCodec::decode_value(const Input& input, Arena& arena) const {
  const Layout& layout = *layout_;
  void* object = arena.allocate(layout.size == 0 ? 1 : layout.size, 8);
  if (object == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (Result<void> done = decoder_.decode_object(input, object, &arena); !done) {
    return std::unexpected(std::move(done.error()));
  }
  return Value(type_.type(), layout, object);
}

Result<Record> RecordCodec::decode(const Input& input, Arena& arena) const {
  const StructLayout* layout = structure_;
  if (layout == nullptr) {
    return std::unexpected(
        Error(Errc::type_mismatch, "the root is no struct: decode_value() reads it"));
  }
  void* object = arena.allocate(layout->size, 8);
  if (object == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (Result<void> done = decoder_.decode_object(input, object, &arena); !done) {
    return std::unexpected(std::move(done.error()));
  }
  return Record(*layout, object, arena);
}

Result<void> RecordCodec::encode(const RecordView& record, Buffer& out) const {
  if (&record.layout() != structure_ || structure_ == nullptr) {
    return std::unexpected(Error(Errc::type_mismatch, "the record is of another type"));
  }
  return encoder_.encode_object(record.data(), out);
}

Result<void> RecordCodec::encode(const Value& value, Buffer& out) const {
  if (value.data() == nullptr || &value.layout() != layout_) {
    return std::unexpected(Error(Errc::type_mismatch, "the value is of another type"));
  }
  return encoder_.encode_object(value.data(), out);
}

}  // namespace wirejit
