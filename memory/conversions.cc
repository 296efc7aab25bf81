// Conversions, compiled one by one when they are first needed. Their Modules are owned here alone,
// outside the engine's cache: they refer to the Conversions that own them.
#include "memory/conversions.h"

#include "jit/format_impl.h"
#include "jit/scratch.h"
#include "memory/call.h"
#include "memory/reader.h"
#include "memory/record_layout.h"
#include "memory/writer.h"

#include <wirejit/buffer.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace wirejit::memory {

namespace {

using jit::Compiled;
using jit::Context;
using jit::EngineImpl;
using jit::Request;

class EngineConversions final : public jit::Conversions {
 public:
  EngineConversions(EngineImpl& engine, const Schema& schema, const Request& like)
      : engine_(engine.weak_from_this()),
        kind_(engine.kind()),
        schema_(schema),
        options_(like.options),
        limits_(like.limits) {
    options_.conversions = this;
    options_.alias_input = true;  // a record does not outlive the call
  }

  [[nodiscard]] const StructType* find(std::string_view full_name) const noexcept override {
    const StructType* s = schema_.find_struct(full_name);
    return s != nullptr && s->full_name == full_name ? s : nullptr;
  }

  bool convert(Context& ctx, const StructType& type, const jit::Way& way, Bytes input, Buffer& out,
               std::uint64_t limit) const noexcept override;

 private:
  // The way through a record, for calls that one pass gives up.
  struct Detour {
    std::shared_ptr<const RecordLayouts> layouts;
    std::shared_ptr<const Compiled> decoder;
    std::shared_ptr<const Compiled> encoder;
  };
  struct Made {
    std::shared_ptr<const Compiled> one_pass;
    std::shared_ptr<const Detour> detour;
  };
  using Key = std::pair<const StructType*, std::string>;

  std::shared_ptr<const EngineImpl> engine() const {
    std::shared_ptr<const EngineImpl> engine = engine_.lock();
    return engine != nullptr ? engine
                             : std::make_shared<const EngineImpl>(EngineOptions{.kind = kind_});
  }
  Request request(const Type& type, const jit::Way& way) const;
  Result<std::shared_ptr<const Compiled>> one_pass(const StructType& type,
                                                   const jit::Way& way) const;
  Result<std::shared_ptr<const Detour>> detour(const StructType& type, const jit::Way& way) const;
  Result<std::shared_ptr<const Detour>> make_detour(const StructType& type,
                                                    const jit::Way& way) const;
  bool convert_once(Context& ctx, const StructType& type, const jit::Way& way, Bytes input,
                    Buffer& out, std::uint64_t limit) const;
  bool convert_again(Context& ctx, const StructType& type, const jit::Way& way, Bytes input,
                     Buffer& out, std::uint64_t limit) const;
  bool through_record(Context& ctx, const Detour& way, Bytes input, Buffer& out,
                      std::uint64_t limit) const;

  std::weak_ptr<const EngineImpl> engine_;
  EngineOptions::Kind kind_;
  Schema schema_;
  jit::CompileOptions options_;
  Limits limits_;
  mutable std::mutex mutex_;  // held while one is compiled, so that others wait
  mutable std::map<Key, Made> made_;
};

// ---- Compiling

Request EngineConversions::request(const Type& type, const jit::Way& way) const {
  Request r;
  r.type = &type;
  r.formats = {{&way.from.impl(), &type}, {&way.to.impl(), &type}};
  r.options = options_;
  r.limits = limits_;
  r.error_paths = false;
  r.keeps = {schema_.data(), way.from.owner(), way.to.owner()};
  return r;
}

Result<std::shared_ptr<const Compiled>> EngineConversions::one_pass(const StructType& type,
                                                                    const jit::Way& way) const {
  const std::lock_guard lock(mutex_);
  Made& made = made_[{&type, way.key}];
  if (made.one_pass == nullptr) {
    Request r = request(*schema_.type_of(type), way);
    r.reader = way.from.impl().make_reader(r.options);
    r.writer = way.to.impl().make_writer(r.options);
    Result<std::shared_ptr<const Compiled>> built = engine()->build(std::move(r));
    if (!built) {
      return built;
    }
    made.one_pass = std::move(*built);
  }
  return made.one_pass;
}

Result<std::shared_ptr<const EngineConversions::Detour>> EngineConversions::make_detour(
    const StructType& type, const jit::Way& way) const {
  Result<std::shared_ptr<const RecordLayouts>> layouts =
      RecordLayouts::make(schema_, *schema_.type_of(type), {.keep_unknown = options_.keep_unknown});
  if (!layouts) {
    return std::unexpected(std::move(layouts.error()));
  }
  auto made = std::make_shared<Detour>();
  made->layouts = *layouts;
  const Layout& root = (*layouts)->root_layout();

  Request encode = request(*schema_.type_of(type), way);
  encode.writer = way.to.impl().make_writer(encode.options);
  encode.reader = std::make_unique<MemoryReader>(
      root, MemoryReader::equal_keys(options_.reject_duplicate_keys, *encode.writer));
  const bool unique_keys = encode.writer->needs().unique_keys;
  Request decode = request(*schema_.type_of(type), way);
  decode.reader = way.from.impl().make_reader(decode.options);
  decode.writer = std::make_unique<MemoryWriter>(root, true, unique_keys);

  for (auto [r, to] : {std::pair(&decode, &made->decoder), std::pair(&encode, &made->encoder)}) {
    Result<std::shared_ptr<const Compiled>> built = engine()->build(std::move(*r));
    if (!built) {
      return std::unexpected(std::move(built.error()));
    }
    *to = std::move(*built);
  }
  return made;
}

Result<std::shared_ptr<const EngineConversions::Detour>> EngineConversions::detour(
    const StructType& type, const jit::Way& way) const {
  const std::lock_guard lock(mutex_);
  Made& made = made_[{&type, way.key}];
  if (made.detour == nullptr) {
    Result<std::shared_ptr<const Detour>> fresh = make_detour(type, way);
    if (!fresh) {
      return fresh;
    }
    made.detour = std::move(*fresh);
  }
  return made.detour;
}

// ---- Running

// The inner call's Context: what the outer one has left.
void begin(const Compiled& c, const Context& outer, Context& ctx) noexcept {
  c.begin(ctx);
  ctx.depth_left = outer.depth_left - 1;  // the root counts
  ctx.memory_left = outer.memory_left;
  std::memcpy(ctx.writer_state, outer.writer_state, sizeof ctx.writer_state);
}

// With an address, also where there is nothing.
Bytes addressed(Bytes input) noexcept {
  static constexpr std::uint8_t nothing = 0;
  return input.data() != nullptr ? input : Bytes(&nothing, 0);
}

// Runs, and hands what failed over to the outer call. What the inner one allocated is freed with it
// and so not charged to the outer one.
bool run(const Compiled& c, Context& outer, Context& ctx, Buffer* out) noexcept {
  const bool ok = c.run(ctx) != 0 && (out == nullptr || take_output(ctx, *out));
  if (ctx.scratch != nullptr) {
    jit::free_scratch(ctx);
  }
  if (!ok) {
    outer.error = ctx.error;
    outer.error_at = ctx.error_at == jit::at_cursor ? ctx.r0 : ctx.error_at;
  }
  return ok;
}

bool refuse(Context& ctx, const Error& e, Bytes input) noexcept {
  jit::fail(ctx, e.code(), input.data());
  return false;
}

bool EngineConversions::through_record(Context& ctx, const Detour& way, Bytes input, Buffer& out,
                                       std::uint64_t limit) const {
  Arena arena;
  const std::size_t size = way.layouts->root_layout().size;
  void* const object = arena.allocate(size, 8);
  if (object == nullptr) {
    jit::fail(ctx, Errc::no_memory, input.data());
    return false;
  }
  std::memset(object, 0, size);
  Context read;
  begin(*way.decoder, ctx, read);
  set_input(read, addressed(input));
  read.arena = &arena;
  read.w0 = reinterpret_cast<std::uint64_t>(object);
  if (!run(*way.decoder, ctx, read, nullptr)) {
    return false;
  }
  Context write;
  begin(*way.encoder, ctx, write);
  write.memory_left = read.memory_left;
  write.r0 = reinterpret_cast<std::uint64_t>(object);
  set_output(write, out, limit);
  if (!run(*way.encoder, ctx, write, &out)) {
    ctx.error_at = reinterpret_cast<std::uint64_t>(input.data());  // no position in a record
    return false;
  }
  return true;
}

bool EngineConversions::convert_once(Context& ctx, const StructType& type, const jit::Way& way,
                                     Bytes input, Buffer& out, std::uint64_t limit) const {
  const Result<std::shared_ptr<const Compiled>> c = one_pass(type, way);
  if (!c) {
    return refuse(ctx, c.error(), input);
  }
  const std::size_t before = out.size();
  Context inner;
  begin(**c, ctx, inner);
  set_input(inner, addressed(input));
  set_output(inner, out, limit);
  if (run(**c, ctx, inner, &out)) {
    return true;
  }
  out.set_size(before);
  return false;
}

// What one pass gave up: the same on the input's normal form, where there is one, or through a
// record. What came in pieces may also look incomplete.
bool EngineConversions::convert_again(Context& ctx, const StructType& type, const jit::Way& way,
                                      Bytes input, Buffer& out, std::uint64_t limit) const {
  const jit::FormatImpl& from = way.from.impl();
  const auto code = static_cast<Errc>(ctx.error);
  const bool in_pieces = code == Errc::missing_required || code == Errc::union_not_one;
  if (code != jit::restart_errc && !(in_pieces && from.has_normal_form())) {
    return false;
  }
  Buffer whole;
  if (from.has_normal_form()) {
    Limits limits = limits_;
    limits.depth = static_cast<std::uint32_t>(ctx.depth_left);
    limits.memory = ctx.memory_left;
    if (const Result<void> made =
            from.normal_form(*schema_.type_of(type), input, options_, limits, whole);
        !made) {
      return refuse(ctx, made.error(), input);
    }
    input = whole.bytes();
    if (convert_once(ctx, type, way, input, out, limit)) {
      return true;
    }
    if (ctx.error != jit::restart_code) {
      return false;
    }
  }
  const Result<std::shared_ptr<const Detour>> second = detour(type, way);
  if (!second) {
    return refuse(ctx, second.error(), input);
  }
  const std::size_t before = out.size();
  if (through_record(ctx, **second, input, out, limit)) {
    return true;
  }
  out.set_size(before);
  return false;
}

bool EngineConversions::convert(Context& ctx, const StructType& type, const jit::Way& way,
                                Bytes input, Buffer& out, std::uint64_t limit) const noexcept {
  if (ctx.depth_left <= 0) {
    jit::fail(ctx, Errc::depth_limit, input.data());
    return false;
  }
  if (out.capacity() == 0 && !out.reserve(std::max<std::size_t>(input.size(), 64))) {
    jit::fail(ctx, Errc::no_memory, input.data());
    return false;
  }
  try {
    return convert_once(ctx, type, way, input, out, limit) ||
           convert_again(ctx, type, way, input, out, limit);
  } catch (const std::bad_alloc&) {
    jit::fail(ctx, Errc::no_memory, input.data());
    return false;
  }
}

}  // namespace

void add_conversions(jit::Request& request, jit::EngineImpl& engine, const Schema& schema) {
  const auto made = std::make_shared<const EngineConversions>(engine, schema, request);
  request.options.conversions = made.get();
  request.keeps.push_back(made);
}

}  // namespace wirejit::memory
