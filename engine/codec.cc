// The public calls: requests to the engine, and the few instructions around a Program.
// Entry: Engine, CodecBase, RecordCodec. Invariant: a call that fails leaves its output as it was.
#include "core/no_throw.h"
#include "core/schema_data.h"
#include "engine/arguments.h"
#include "engine/call.h"
#include "engine/conversions.h"
#include "engine/engine.h"
#include "engine/errors.h"
#include "engine/retry.h"
#include "jit/emit.h"
#include "jit/scratch.h"
#include "lower/format.h"
#include "memory/reader.h"
#include "memory/writer.h"
#include "record/layout.h"

#include <wirejit/codec.h>
#include <wirejit/record_codec.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace wirejit {

using engine::Compiled;
using engine::Request;
using engine::set_input;
using engine::set_output;
using engine::take_output;
using jit::Context;

std::string_view Format::name() const noexcept {
  return empty() ? std::string_view() : impl_->name();
}
bool Format::is_text() const noexcept { return !empty() && impl_->is_text(); }

// ---- Calls

namespace {

using engine::Output;
using jit::Attempt;

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

// A call's input in one span, and what it took of the call's memory to make it one.
struct OneSpan {
  Bytes bytes;
  std::size_t taken = 0;
};

Bytes addressed(Bytes bytes) noexcept {
  static constexpr std::uint8_t nothing = 0;
  return bytes.data() == nullptr ? Bytes(&nothing, 0) : bytes;  // cursors are never null
}

Error too_large(std::size_t limit) {
  return Error(Errc::size_limit,
               "the input has more than the limit of " + std::to_string(limit) + " bytes");
}

// A chain becomes one span: in the arena if there is one, so that views may point at it.
Result<OneSpan> gather(const Compiled& c, std::span<const Bytes> chain, Arena* arena, Buffer& own) {
  std::size_t total = 0;
  for (const Bytes part : chain) {
    if (part.size() > c.limits.input_bytes - total) {
      return std::unexpected(too_large(c.limits.input_bytes));
    }
    total += part.size();
  }
  if (total > c.limits.memory) {
    return std::unexpected(Error(Errc::memory_limit, "a chain of " + std::to_string(total) +
                                                         " bytes is copied into one span, which "
                                                         "is more than the limit of " +
                                                         std::to_string(c.limits.memory)));
  }
  std::uint8_t* to = nullptr;
  if (arena != nullptr) {
    to = static_cast<std::uint8_t*>(arena->allocate(total == 0 ? 1 : total, 8));
  } else if (own.reserve(total + 1)) {
    to = own.storage();
  }
  if (to == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  std::size_t at = 0;
  for (const Bytes part : chain) {
    if (!part.empty()) {
      std::memcpy(to + at, part.data(), part.size());
      at += part.size();
    }
  }
  return OneSpan{{to, total}, total};
}

[[gnu::cold, gnu::noinline]] Result<OneSpan> take_unusual(const Compiled& c, const Input& input,
                                                          Arena* arena, Buffer& own) {
  return core::without_throwing([&]() -> Result<OneSpan> {
    if (input.is_chain()) {
      return gather(c, input.chain(), arena, own);
    }
    if (input.bytes().size() > c.limits.input_bytes) {
      return std::unexpected(too_large(c.limits.input_bytes));
    }
    return OneSpan{addressed(input.bytes())};
  });
}

bool is_unusual(const Compiled& c, const Input& input) noexcept {
  return input.is_chain() || input.bytes().data() == nullptr ||
         input.bytes().size() > c.limits.input_bytes;
}

Error not_at_any_attempt() { return Error(Errc::internal, "the call gave up on its last attempt"); }

// Positions in a normal form are none in the input.
Error without_offset(const Error& e) {
  return Error({.code = e.code(), .path = e.path(), .message = e.message()});
}

// The input's normal form, and what it takes of `memory` while it is there.
Result<OneSpan> normal_form(const Compiled& c, Bytes bytes, std::size_t memory, Buffer& own) {
  if (Result<void> made = c.normal_form(bytes, memory, own); !made) {
    return std::unexpected(std::move(made.error()));
  }
  return OneSpan{addressed(own.bytes()), std::min(own.capacity(), memory)};
}

// ---- Encoding

Result<void> run_encoder(const Compiled& c, const void* object, Buffer& out, Attempt attempt);

// After a run that failed. Out of line, so that the way of success saves no registers for it.
[[gnu::cold, gnu::noinline]] Result<void> encode_failed(const Compiled& c, const Context& ctx,
                                                        const void* object, Buffer& out,
                                                        std::size_t before, Attempt attempt) {
  return core::without_throwing([&]() -> Result<void> {
    out.set_size(before);
    if (ctx.error == jit::restart_code) {  // a conversion inside it
      return attempt == Attempt::record ? std::unexpected(not_at_any_attempt())
                                        : run_encoder(c, object, out, engine::next(attempt));
    }
    Error error = engine::explain(c, ctx, {}, [&](Context& again, Buffer& scratch) {
      start(c, again, &scratch);
      again.attempt = attempt;
      again.r0 = reinterpret_cast<std::uint64_t>(object);
    });
    out.set_size(before);
    return std::unexpected(std::move(error));
  });
}

Result<void> run_encoder(const Compiled& c, const void* object, Buffer& out, Attempt attempt) {
  const std::size_t before = out.size();
  Context ctx;
  start(c, ctx, &out);
  ctx.attempt = attempt;
  ctx.r0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, c.run(ctx)) && take_output(ctx, out)) {
    return {};
  }
  return encode_failed(c, ctx, object, out, before, attempt);
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
  return encode_failed(c, ctx, object, out, before, Attempt::optimistic);
}

// ---- Decoding

namespace {

// What a decoder is called with.
struct DecodeCall {
  const Compiled& c;
  OneSpan input;
  void* object;
  Arena* arena;
  // Where the object is of no use after a failure: what the arena held before. Another run begins
  // there, so that a failed call takes no more memory than one run.
  const Arena::Mark* before = nullptr;
};

// Lets further runs of a call begin where its arena is now.
class Marked {
 public:
  explicit Marked(DecodeCall& call) noexcept {
    if (call.before != nullptr) {
      mark_ = call.arena->mark();
      call.before = &mark_;
    }
  }

 private:
  Arena::Mark mark_;
};

// The first attempt, with an input that took no memory.
void start(const DecodeCall& call, Context& ctx) noexcept {
  start(call.c, ctx, nullptr);
  set_input(ctx, call.input.bytes);
  ctx.arena = call.arena;
  ctx.w0 = reinterpret_cast<std::uint64_t>(call.object);
}

// Another one.
void start(const DecodeCall& call, Context& ctx, Attempt attempt) noexcept {
  if (call.before != nullptr) {
    call.arena->rewind(*call.before);
  }
  start(call, ctx);
  ctx.attempt = attempt;
  ctx.memory_left -= call.input.taken;
}

Error explain_decode(const DecodeCall& call, const Context& ctx, Attempt attempt) {
  return engine::explain(call.c, ctx, call.input.bytes,
                         [&](Context& again, Buffer&) { start(call, again, attempt); });
}

// The call once more, its input in normal form. Views of the object may point into that, so it is
// kept by the arena.
Result<void> decode_again(const DecodeCall& call, Attempt attempt);

Result<void> decode_normal_form(const DecodeCall& call, Attempt attempt) {
  const Compiled& c = call.c;
  if (c.alias_input && call.arena == nullptr) {
    return std::unexpected(Error(
        Errc::unsupported, "a field came again: views of what is put together need an arena"));
  }
  std::size_t memory = c.limits.memory - call.input.taken;
  Buffer own;
  Result<OneSpan> normal = normal_form(c, call.input.bytes, memory, own);
  if (!normal) {
    return std::unexpected(std::move(normal.error()));
  }
  if (call.before != nullptr) {
    call.arena->rewind(*call.before);
  }
  if (call.arena != nullptr && !own.empty()) {
    memory -= normal->taken;
    if (own.size() > memory) {
      return std::unexpected(Error(Errc::memory_limit,
                                   "a field came again, and the message put together takes more "
                                   "memory than the limit"));
    }
    const std::string_view kept = call.arena->copy(own.text());
    if (kept.data() == nullptr) {
      return std::unexpected(Error(Errc::no_memory));
    }
    normal = OneSpan{as_bytes(kept), kept.size()};
    own = Buffer();
  }
  DecodeCall again = call;
  again.input = {normal->bytes, normal->taken + call.input.taken};
  const Marked here(again);
  Context ctx;
  start(again, ctx, attempt);
  if (finish(ctx, c.run(ctx))) {
    return {};
  }
  if (ctx.error == jit::restart_code) {
    return attempt == Attempt::record ? std::unexpected(not_at_any_attempt())
                                      : decode_again(call, engine::next(attempt));
  }
  return std::unexpected(without_offset(explain_decode(again, ctx, attempt)));
}

Result<void> decode_again(const DecodeCall& call, Attempt attempt) {
  if (call.c.normal_form) {
    return decode_normal_form(call, attempt);
  }
  Context ctx;
  start(call, ctx, attempt);
  if (finish(ctx, call.c.run(ctx))) {
    return {};
  }
  if (ctx.error == jit::restart_code) {
    return attempt == Attempt::record ? std::unexpected(not_at_any_attempt())
                                      : decode_again(call, engine::next(attempt));
  }
  return std::unexpected(explain_decode(call, ctx, attempt));
}

[[gnu::cold, gnu::noinline]] Result<void> decode_failed(const DecodeCall& call,
                                                        const Context& ctx) {
  return core::without_throwing([&]() -> Result<void> {
    const std::uint32_t code = ctx.error;
    if (code == jit::restart_code ||
        (call.c.normal_form && engine::may_run_again(code, Output::object))) {
      Result<void> second = decode_again(call, engine::next(Attempt::optimistic));
      if (second || static_cast<std::uint32_t>(second.error().code()) != code) {
        return second;
      }  // the same again: the first run knows the position
    }
    return std::unexpected(explain_decode(call, ctx, Attempt::optimistic));
  });
}

[[gnu::cold, gnu::noinline]] Result<void> decode_unusual(DecodeCall call, const Input& input) {
  Buffer own;
  Result<OneSpan> taken = take_unusual(call.c, input, call.arena, own);
  if (!taken) {
    return std::unexpected(std::move(taken.error()));
  }
  call.input = *taken;
  const Marked here(call);
  Context ctx;
  start(call, ctx, Attempt::optimistic);
  return finish(ctx, call.c.run(ctx)) ? Result<void>{} : decode_failed(call, ctx);
}

}  // namespace

Result<void> CodecBase::decode_object(const Input& input, void* object, Arena* arena,
                                      const Arena::Mark* before) const {
  const Compiled& c = *compiled_;
  const DecodeCall call{c, {input.bytes()}, object, arena, before};
  if (is_unusual(c, input)) [[unlikely]] {
    return decode_unusual(call, input);
  }
  Context ctx;
  start(call, ctx);
  if (finish(ctx, c.run(ctx))) [[likely]] {
    return {};
  }
  return decode_failed(call, ctx);
}

// ---- Transcoding

namespace {

// The call through a record, in which the last of duplicate fields counts.
Result<void> convert_by_record(const Compiled& c, const OneSpan& input, Buffer& out) {
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
  const Arena::Mark before = arena.mark();
  const DecodeCall read{*way->decoder, input, object, &arena, &before};
  Context ctx;
  start(read, ctx, Attempt::optimistic);
  if (!finish(ctx, read.c.run(ctx))) {
    if (Result<void> done = decode_failed(read, ctx); !done) {
      return done;
    }
  }
  if (out.capacity() == 0 && !out.reserve(first_output)) {
    return std::unexpected(Error(Errc::no_memory));
  }
  return run_encoder(*way->encoder, object, out, Attempt::optimistic);
}

// One pass over the input's normal form; false where that fails.
bool convert_normal_form(const Compiled& c, const OneSpan& input, Buffer& out, Attempt attempt) {
  Buffer own;
  const Result<OneSpan> normal = normal_form(c, input.bytes, c.limits.memory - input.taken, own);
  if (!normal) {
    return false;
  }
  const std::size_t before = out.size();
  Context ctx;
  start(c, ctx, &out);
  ctx.attempt = attempt;
  ctx.memory_left -= input.taken + normal->taken;
  set_input(ctx, normal->bytes);
  if (finish(ctx, c.run(ctx)) && take_output(ctx, out)) {
    return true;
  }
  out.set_size(before);
  return false;
}

// Of several errors the way through a record tells the one that decoding tells; a normal form is
// made of all tags before any value is looked at.
Result<void> convert_again(const Compiled& c, const OneSpan& input, Buffer& out,
                           Attempt attempt = Attempt::normal_form) {
  return c.normal_form && convert_normal_form(c, input, out, attempt)
             ? Result<void>{}
             : convert_by_record(c, input, out);
}

[[gnu::cold, gnu::noinline]] Result<void> convert_failed(const Compiled& c, const Context& ctx,
                                                         const OneSpan& input, Buffer& out,
                                                         std::size_t before) {
  return core::without_throwing([&]() -> Result<void> {
    out.set_size(before);
    const std::uint32_t code = ctx.error;
    if (code == jit::restart_code ||
        (c.make_detour && engine::may_run_again(code, Output::bytes))) {
      Result<void> second = convert_again(c, input, out);
      if (second || static_cast<std::uint32_t>(second.error().code()) != code) {
        return second;
      }  // the same again: the first run knows the position
    }
    return std::unexpected(
        engine::explain(c, ctx, input.bytes, [&](Context& again, Buffer& scratch) {
          start(c, again, &scratch);
          again.memory_left -= input.taken;
          set_input(again, input.bytes);
        }));
  });
}

// Where the input can be seen to need another attempt, that one at once: what nests in it is
// converted once. False if it fails; then the usual attempts tell why.
[[gnu::cold, gnu::noinline]] bool convert_ahead(const Compiled& c, const OneSpan& input,
                                                Buffer& out) {
  Context look;
  start(c, look, nullptr);
  set_input(look, input.bytes);
  const bool again = c.source->comes_again(look, *c.type, input.bytes);
  (void)finish(look, 1);
  const auto convert = [&] { return convert_again(c, input, out, Attempt::optimistic); };
  return again && core::without_throwing(convert).has_value();
}

}  // namespace

Result<void> CodecBase::convert(const Input& input, Buffer& out) const {
  const Compiled& c = *compiled_;
  Buffer own;
  Result<OneSpan> one(OneSpan{input.bytes()});
  if (is_unusual(c, input)) [[unlikely]] {
    one = take_unusual(c, input, nullptr, own);
    if (!one) {
      return std::unexpected(std::move(one.error()));
    }
  }
  if (c.through_record) [[unlikely]] {
    return core::without_throwing([&] { return convert_by_record(c, *one, out); });
  }
  const std::size_t before = out.size();
  if (out.capacity() == 0 && !out.reserve(first_output + one->bytes.size())) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (c.looks_ahead && convert_ahead(c, *one, out)) [[unlikely]] {
    return {};
  }
  Context ctx;
  start(c, ctx, &out);
  ctx.memory_left -= one->taken;
  set_input(ctx, one->bytes);
  if (finish(ctx, c.run(ctx)) && take_output(ctx, out)) [[likely]] {
    return {};
  }
  return convert_failed(c, ctx, *one, out, before);
}

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

lower::CompileOptions compile_options(const Options& o) {
  lower::CompileOptions c;
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

void add(std::string& key, std::uint64_t generation) {
  char text[24];
  std::snprintf(text, sizeof text, "%llx|", static_cast<unsigned long long>(generation));
  key += text;
}

// A type keeps its address within its schema, and no other schema gets that generation.
void add(std::string& key, const Schema& schema, const Type* type) {
  add(key, schema.data()->generation);
  add(key, reinterpret_cast<std::uintptr_t>(type));
}

std::string options_key(const Options& o) {
  char text[192];
  std::snprintf(text, sizeof text, "%u,%zu,%zu,%zu,%zu,%d%d%d%d%d%d%d%d%d%d|", o.limits.depth,
                o.limits.stack, o.limits.input_bytes, o.limits.output_bytes, o.limits.memory,
                o.alias_input, o.reject_duplicate_fields, o.check_unions, o.validate_utf8,
                o.keep_unknown, o.error_paths, o.comments, o.reject_duplicate_keys,
                o.through_record, o.allow_partial);
  return text;
}

// A request without reader and writer.
Request request(engine::EngineImpl& engine, const Schema& schema, const Type& type,
                const Options& options) {
  Request r;
  r.type = &type;
  r.options = compile_options(options);
  r.limits = options.limits;
  r.error_paths = options.error_paths;
  r.keeps.push_back(schema.data());
  engine::add_conversions(r, engine, schema);
  return r;
}

struct CppType {
  Schema schema;
  const Type* type = nullptr;
};

// The schema that a C++ type is read and written by: the one given, checked, or one derived from
// the registration.
Result<CppType> type_for(const Layout& layout, const Schema* schema, const Type* type) {
  const StructLayout& s = *layout.structure();
  if (type != nullptr) {
    if (Result<void> fits = check_layout(s, *type->structure); !fits) {
      return std::unexpected(std::move(fits.error()));
    }
    return CppType{*schema, type};
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

Engine::Engine(const EngineOptions& options)
    : impl_(std::make_shared<engine::EngineImpl>(options)) {}
bool Engine::generates_code() const noexcept { return impl_->generates_code(); }
std::string Engine::describe() const { return impl_->describe(); }

namespace {

void set_normal_form(Request& r, const Format& format) {
  if (format.impl().has_normal_form() && r.type->kind == Kind::structure) {
    r.normal_form = [impl = &format.impl(), type = r.type, options = r.options, limits = r.limits](
                        Bytes bytes, std::size_t memory, Buffer& out) {
      Limits left = limits;
      left.memory = memory;
      return impl->normal_form(*type, bytes, options, left, out);
    };  // both are kept by r.keeps
  }
}

// The two sides of a codec for what lies in memory as `layout` says.
void set_encoder(Request& r, const Layout& layout, const Format& format, const Options& options) {
  r.keeps.push_back(format.owner());
  r.formats.push_back({&format.impl(), r.type});
  r.writer = format.impl().make_writer(r.options);
  r.reader = std::make_unique<memory::MemoryReader>(
      layout, memory::MemoryReader::equal_keys(options.reject_duplicate_keys, *r.writer));
}

void set_decoder(Request& r, const Layout& layout, const Format& format, const Options& options,
                 bool unique_keys = false) {
  r.keeps.push_back(format.owner());
  r.formats.push_back({&format.impl(), r.type});
  r.text_input = format.is_text();
  r.source = &format.impl();
  r.reader = format.impl().make_reader(r.options);
  set_normal_form(r, format);
  // Where a format says that of equal keys the last counts, a record holds that one alone.
  const bool last_of_equal = unique_keys || format.impl().has_normal_form();
  r.writer = std::make_unique<memory::MemoryWriter>(layout, options.alias_input, last_of_equal);
}

// A codec of a C++ type; `set_sides` gives the request its reader and writer.
template <class F>
Result<Engine::Handle> compile_for_type(engine::EngineImpl& engine, std::string key,
                                        const Layout& layout, const Schema* schema,
                                        const StructType* type, const Format& format,
                                        const Options& options, F set_sides) {
  return core::without_throwing([&]() -> Result<Engine::Handle> {
    if (layout.form != Form::structure) {
      return std::unexpected(
          Error(Errc::unsupported, "a C++ type at the root must be a registered struct"));
    }
    if (Result<void> there = engine::check_format(format); !there) {
      return std::unexpected(std::move(there.error()));
    }
    const StructLayout& structure = *layout.structure();
    // Layouts that an application has made by hand are told apart by their addresses, which are
    // never generations.
    add(key, structure.generation != 0 ? structure.generation
                                       : reinterpret_cast<std::uintptr_t>(&structure));
    const Type* own = nullptr;
    if (type != nullptr) {
      const Result<const Type*> found = engine::own_type(*schema, *type);
      if (!found) {
        return std::unexpected(found.error());
      }
      own = *found;
      add(key, *schema, own);
    }
    key += options_key(options) + format.impl().key();
    return engine.compile(key, [&]() -> Result<Request> {
      Result<CppType> t = type_for(layout, schema, own);
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
    engine::EngineImpl& engine, std::string key,
    const std::shared_ptr<const record::RecordLayouts>& layouts, const Format& format,
    const Options& options, F set_sides) {
  if (Result<void> there = engine::check_format(format); !there) {
    return std::unexpected(std::move(there.error()));
  }
  add(key, layouts->generation());
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

using Layouts = std::shared_ptr<const record::RecordLayouts>;

Result<Engine::Handle> record_encoder(engine::EngineImpl& engine, const Layouts& layouts,
                                      const Format& format, const Options& options) {
  return compile_for_record(engine, "encode-record|", layouts, format, options, [&](Request& r) {
    set_encoder(r, layouts->root_layout(), format, options);
  });
}

Result<Engine::Handle> record_decoder(engine::EngineImpl& engine, const Layouts& layouts,
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
Result<std::unique_ptr<lower::Writer>> target_writer(Request& r, const Type& type, const Format& to,
                                                     const std::optional<Target>& target) {
  r.keeps.push_back(to.owner());
  r.formats.push_back({&to.impl(), target ? target->type : &type});
  std::unique_ptr<lower::Writer> writer = to.impl().make_writer(r.options);
  if (!target) {
    return writer;
  }
  r.keeps.push_back(target->schema.data());
  Result<lower::Mapping> mapping = lower::Mapping::make(type, *target->type, target->match);
  if (!mapping) {
    return std::unexpected(std::move(mapping.error()));
  }
  r.mapping = std::move(*mapping);
  r.target = target->type;
  return writer;
}

Result<Engine::Handle> record_retyper(engine::EngineImpl& engine, const Layouts& layouts,
                                      const Format& to, const Target& target,
                                      const Options& options) {
  Request r = request(engine, layouts->schema(), layouts->root(), options);
  r.keeps.push_back(layouts);
  Result<std::unique_ptr<lower::Writer>> writer = target_writer(r, layouts->root(), to, target);
  if (!writer) {
    return std::unexpected(std::move(writer.error()));
  }
  r.writer = std::move(*writer);
  r.reader = std::make_unique<memory::MemoryReader>(
      layouts->root_layout(),
      memory::MemoryReader::equal_keys(options.reject_duplicate_keys, *r.writer));
  return engine.build(std::move(r));  // kept by the transcoder alone
}

Result<Compiled::Detour> make_detour(const std::shared_ptr<engine::EngineImpl>& engine,
                                     const Schema& schema, const Type& type, const Format& from,
                                     const Format& to, const std::optional<Target>& target,
                                     Options options) {
  options.alias_input = true;  // the record does not outlive the call
  // Equal keys are dropped only where the target cannot hold them: else the detour would write
  // other bytes.
  const bool unique_keys = to.impl().make_writer(compile_options(options))->needs().unique_keys;
  Result<Layouts> layouts =
      record::RecordLayouts::make(schema, type, {.keep_unknown = options.keep_unknown});
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

Result<Engine::Handle> compile_transcoder(const std::shared_ptr<engine::EngineImpl>& impl,
                                          const Schema& schema, const Type& type,
                                          const Format& from, const Format& to,
                                          const std::optional<Target>& target,
                                          const Options& options) {
  return core::without_throwing([&]() -> Result<Engine::Handle> {
    for (const Format* format : {&from, &to}) {
      if (Result<void> there = engine::check_format(*format); !there) {
        return std::unexpected(std::move(there.error()));
      }
    }
    std::string key = "transcode|";
    add(key, schema, &type);
    if (target) {
      add(key, target->schema, target->type);
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
      r.formats.push_back({&from.impl(), r.type});
      r.text_input = from.is_text();
      r.source = &from.impl();
      r.through_record = options.through_record;
      r.reader = from.impl().make_reader(r.options);
      set_normal_form(r, from);
      Result<std::unique_ptr<lower::Writer>> writer = target_writer(r, type, to, target);
      if (!writer) {
        return std::unexpected(std::move(writer.error()));
      }
      r.writer = std::move(*writer);
      r.make_detour = [lazy, weak = std::weak_ptr(impl), kind = impl->kind(), schema, &type, from,
                       to, target, options]() -> Result<Compiled::Detour> {
        const std::lock_guard lock(lazy->mutex);
        if (!lazy->way) {
          std::shared_ptr<engine::EngineImpl> engine = weak.lock();
          if (engine == nullptr) {
            engine = std::make_shared<engine::EngineImpl>(EngineOptions{.kind = kind});
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

// Within one schema; T is Type or StructType.
template <class T>
Result<Engine::Handle> compile_within(const std::shared_ptr<engine::EngineImpl>& impl,
                                      const Schema& schema, const T& type, const Format& from,
                                      const Format& to, const Options& options) {
  return core::without_throwing([&]() -> Result<Engine::Handle> {
    const Result<const Type*> own = engine::own_type(schema, type);
    if (!own) {
      return std::unexpected(own.error());
    }
    return compile_transcoder(impl, schema, **own, from, to, {}, options);
  });
}

}  // namespace

Result<Transcoder> Engine::transcoder(const Schema& schema, const Type& type, const Format& from,
                                      const Format& to, const Options& options) const {
  return wrap<Transcoder>(compile_within(impl_, schema, type, from, to, options));
}

Result<Transcoder> Engine::transcoder(const Schema& schema, const StructType& type,
                                      const Format& from, const Format& to,
                                      const Options& options) const {
  return wrap<Transcoder>(compile_within(impl_, schema, type, from, to, options));
}

Result<Transcoder> Engine::transcoder(const Schema& from_schema, const StructType& from_type,
                                      const Format& from, const Schema& to_schema,
                                      const StructType& to_type, const Format& to, Match match,
                                      const Options& options) const {
  return core::without_throwing([&]() -> Result<Transcoder> {
    const Result<const Type*> source = engine::own_type(from_schema, from_type);
    if (!source) {
      return std::unexpected(source.error());
    }
    const Result<const Type*> target = engine::own_type(to_schema, to_type);
    if (!target) {
      return std::unexpected(target.error());
    }
    return wrap<Transcoder>(compile_transcoder(impl_, from_schema, **source, from, to,
                                               Target{to_schema, *target, match}, options));
  });
}

// ---- Records

Result<RecordCodec> RecordCodec::make(const Engine& engine, const RecordType& type,
                                      const Format& format, const Options& options) {
  return core::without_throwing([&]() -> Result<RecordCodec> {
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

// A record that was not decoded leaves nothing in the arena.
Result<void*> RecordCodec::decode_in(Arena& arena, const Input& input, std::size_t size) const {
  size = std::max<std::size_t>(size, 1);
  void* object = arena.allocate(size, 8);
  if (object == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  const Arena::Mark mark = arena.mark();
  if (Result<void> done = decoder_.decode_object(input, object, &arena, &mark); !done) {
    arena.rewind(mark);
    arena.give_back(static_cast<std::uint8_t*>(object) + size, size);
    return std::unexpected(std::move(done.error()));
  }
  return object;
}

Result<Value> RecordCodec::decode_value(const Input& input, Arena& arena) const {
  const Layout& layout = *layout_;
  Result<void*> object = decode_in(arena, input, layout.size);
  if (!object) {
    return std::unexpected(std::move(object.error()));
  }
  return Value(type_.type(), layout, *object);
}

Result<Record> RecordCodec::decode(const Input& input, Arena& arena) const {
  const StructLayout* layout = structure_;
  if (layout == nullptr) {
    return std::unexpected(
        Error(Errc::type_mismatch, "the root is no struct: decode_value() reads it"));
  }
  Result<void*> object = decode_in(arena, input, layout->size);
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

Result<void> RecordCodec::encode(const RecordView& record, Buffer& out) const {
  if (record.data() == nullptr || &record.layout() != structure_) [[unlikely]] {
    return cannot_encode(record.data(), "record");
  }
  return encoder_.encode_object(record.data(), out);
}

Result<void> RecordCodec::encode(const Value& value, Buffer& out) const {
  if (value.data() == nullptr || &value.layout() != layout_) [[unlikely]] {
    return cannot_encode(value.data(), "value");
  }
  return encoder_.encode_object(value.data(), out);
}

}  // namespace wirejit
