// The DynamicTranscoder of an engine. A hash table, which is read without a lock, has a Conversion
// for each struct and FormatPair that messages have named. Its modules are compiled under a lock,
// are interpreted for the first requests, and count against the engine's ModuleCache.
// Entry: add_dynamic_transcoder. Invariant: modules refer to the EngineTranscoder that compiled
// them, and it outlives them.
#include "engine/dynamic_transcoder.h"

#include "core/schema_data.h"
#include "engine/fallback.h"
#include "engine/module_cache.h"
#include "engine/request.h"

#include <wirejit/buffer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

namespace wirejit::engine {

namespace {

using jit::Context;

// A conversion is compiled to machine code after this many requests. A peer chooses the names, and
// a type that it names once is not worth the time.
constexpr std::uint32_t interpreted_requests = 16;

// The compiled form of a Conversion: `direct`, or `pair` if it goes through a record.
struct ConversionModules final : CachedModule {
  Handle direct;
  RecordPair pair;
  bool is_final = false;  // is not replaced by machine code later
};

// An entry of the table. Conversions are not removed while the EngineTranscoder lives, so that
// readers may walk a bucket's list without a lock.
struct Conversion {
  Conversion(const StructType& t, const lower::FormatPair& f, bool r)
      : type(&t), formats(f), through_record(r) {}
  const StructType* type;
  lower::FormatPair formats;
  bool through_record;
  std::atomic<std::uint32_t> requests{0};
  std::atomic<Errc> error{Errc::ok};  // why it cannot be compiled; permanent
  ModuleCache::Entry entry;
  Conversion* next = nullptr;  // the next older one in the same bucket
};

// Keeps acquired modules in use until its end.
class Lease {
 public:
  explicit Lease(const CachedModule* modules) noexcept
      : modules_(static_cast<const ConversionModules*>(modules)) {}
  Lease(Lease&& other) noexcept : modules_(std::exchange(other.modules_, nullptr)) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease() {
    if (modules_ != nullptr) {
      ModuleCache::release(modules_);
    }
  }
  explicit operator bool() const noexcept { return modules_ != nullptr; }
  const ConversionModules& operator*() const noexcept { return *modules_; }
  const ConversionModules* operator->() const noexcept { return modules_; }

 private:
  const ConversionModules* modules_;
};

class EngineTranscoder final : public lower::DynamicTranscoder {
 public:
  EngineTranscoder(const EngineImpl& engine, const Schema& schema, const Options& options)
      : engine_(engine),
        generates_code_(engine.generates_code()),
        module_cache_(engine.module_cache()),
        schema_(schema),
        options_{options} {
    options_.error_paths = false;
    options_.alias_input = true;  // objects of nested conversions do not outlive the call
  }
  EngineTranscoder(const EngineTranscoder&) = delete;
  EngineTranscoder& operator=(const EngineTranscoder&) = delete;
  ~EngineTranscoder() override;

  [[nodiscard]] const StructType* find(std::string_view full_name) const noexcept override {
    const StructType* s = schema_.data()->struct_names.find(full_name);
    return s != nullptr && s->full_name == full_name ? s : nullptr;
  }

  bool convert(Context& ctx, const StructType& type, const lower::FormatPair& formats, Bytes input,
               Buffer& out, std::uint64_t limit, Caller caller) const noexcept override;

 private:
  class LeasedCodecs;
  static constexpr std::size_t buckets = 256;

  Result<std::unique_ptr<ConversionModules>> compile(const StructType& type,
                                                     const lower::FormatPair& formats,
                                                     bool through_record, bool interpreted) const;

  std::atomic<Conversion*>& bucket(const StructType& type) const noexcept {
    return conversions_[reinterpret_cast<std::uintptr_t>(&type) / alignof(StructType) % buckets];
  }
  Conversion* find_conversion(const StructType& type, const lower::FormatPair& formats,
                              bool through_record) const noexcept;
  Result<Lease> lease(const StructType& type, const lower::FormatPair& formats,
                      bool through_record) const;
  Result<Lease> compile_and_lease(const StructType& type, const lower::FormatPair& formats,
                                  bool through_record) const;

  EngineRef engine_;
  bool generates_code_;
  std::shared_ptr<ModuleCache> module_cache_;
  Schema schema_;
  lower::CompileOptions options_;
  mutable std::mutex mutex_;  // held while a Conversion is added or compiled
  mutable std::array<std::atomic<Conversion*>, buckets> conversions_{};
};

EngineTranscoder::~EngineTranscoder() {
  for (const std::atomic<Conversion*>& bucket : conversions_) {
    Conversion* at = bucket.load();
    while (at != nullptr) {
      const std::unique_ptr<Conversion> conversion(std::exchange(at, at->next));
      module_cache_->erase(conversion->entry);
    }
  }
}

// ---- Compiling

Result<std::unique_ptr<ConversionModules>> EngineTranscoder::compile(
    const StructType& type, const lower::FormatPair& formats, bool through_record,
    bool interpreted) const {
  auto modules = std::make_unique<ConversionModules>();
  const std::shared_ptr<const EngineImpl> engine = engine_.lock();
  const CodecSpec spec{.from = formats.from,
                       .to = formats.to,
                       .schema = schema_,
                       .type = schema_.type_of(type),
                       .options = options_};
  if (through_record) {
    Result<RecordPair> pair = make_record_pair(*engine, spec, this, interpreted);
    if (!pair) {
      return std::unexpected(std::move(pair.error()));
    }
    modules->bytes = pair->decoder->bytes() + pair->encoder->bytes();
    modules->pair = std::move(*pair);
    return modules;
  }
  Result<Request> request = make_request(*engine, spec, this);
  if (!request) {
    return std::unexpected(std::move(request.error()));
  }
  request->interpreted = interpreted;
  Result<Handle> direct = engine->build(std::move(*request));
  if (!direct) {
    return std::unexpected(std::move(direct.error()));
  }
  modules->bytes = (*direct)->bytes();
  modules->direct = std::move(*direct);
  return modules;
}

Conversion* EngineTranscoder::find_conversion(const StructType& type,
                                              const lower::FormatPair& formats,
                                              bool through_record) const noexcept {
  Conversion* at = bucket(type).load(std::memory_order_acquire);
  while (at != nullptr &&
         (at->type != &type || at->through_record != through_record || at->formats != formats)) {
    at = at->next;
  }
  return at;
}

Result<Lease> EngineTranscoder::lease(const StructType& type, const lower::FormatPair& formats,
                                      bool through_record) const {
  if (Conversion* const conversion = find_conversion(type, formats, through_record);
      conversion != nullptr) {
    if (const Errc error = conversion->error.load(std::memory_order_relaxed); error != Errc::ok) {
      return std::unexpected(Error(error));
    }
    Lease found(conversion->entry.acquire());
    if (found && (found->is_final || conversion->requests.fetch_add(1, std::memory_order_relaxed) <
                                         interpreted_requests)) {
      return found;
    }
  }
  return compile_and_lease(type, formats, through_record);
}

Result<Lease> EngineTranscoder::compile_and_lease(const StructType& type,
                                                  const lower::FormatPair& formats,
                                                  bool through_record) const {
  const std::lock_guard lock(mutex_);
  Conversion* conversion = find_conversion(type, formats, through_record);
  if (conversion == nullptr) {
    std::atomic<Conversion*>& head = bucket(type);
    auto added = std::make_unique<Conversion>(type, formats, through_record);
    added->next = head.load(std::memory_order_relaxed);
    conversion = added.release();
    head.store(conversion, std::memory_order_release);
  }
  bool interpreted = false;
  if (Lease found(conversion->entry.acquire()); found) {
    if (found->is_final || conversion->requests.load() < interpreted_requests) {
      return found;  // another thread has compiled it meanwhile
    }
  } else {
    conversion->requests.store(1);  // new, or evicted
    interpreted = engine_.kind() != EngineOptions::Kind::jit;
  }
  Result<std::unique_ptr<ConversionModules>> modules =
      compile(type, formats, through_record, interpreted);
  if (!modules) {
    if (modules.error().code() != Errc::no_memory) {
      conversion->error.store(modules.error().code(), std::memory_order_relaxed);
    }
    return std::unexpected(std::move(modules.error()));
  }
  (*modules)->is_final = !interpreted || !generates_code_;
  return Lease(module_cache_->put(conversion->entry, std::move(*modules)));
}

// ---- Running

// The codecs of one nested conversion, leased for as long as the object lives.
class EngineTranscoder::LeasedCodecs final : public ConversionCodecs {
 public:
  LeasedCodecs(const EngineTranscoder& owner, const StructType& type,
               const lower::FormatPair& formats)
      : ConversionCodecs(
            {lower::impl_of(formats.from), *owner.schema_.type_of(type), owner.options_}),
        owner_(owner),
        type_(type),
        formats_(formats) {}

  [[nodiscard]] Result<const Compiled*> direct() override {
    Result<const ConversionModules*> modules = lease(false);
    return modules ? Result<const Compiled*>((*modules)->direct.get())
                   : std::unexpected(std::move(modules.error()));
  }
  [[nodiscard]] Result<const RecordPair*> record_pair() override {
    Result<const ConversionModules*> modules = lease(true);
    return modules ? Result<const RecordPair*>(&(*modules)->pair)
                   : std::unexpected(std::move(modules.error()));
  }

 private:
  Result<const ConversionModules*> lease(bool through_record) {
    Result<Lease> lease = owner_.lease(type_, formats_, through_record);
    if (!lease) {
      return std::unexpected(std::move(lease.error()));
    }
    lease_.emplace(std::move(*lease));  // an attempt uses direct() or record_pair(), not both
    return &**lease_;
  }

  const EngineTranscoder& owner_;
  const StructType& type_;
  const lower::FormatPair& formats_;
  std::optional<Lease> lease_;
};

bool EngineTranscoder::convert(Context& ctx, const StructType& type,
                               const lower::FormatPair& formats, Bytes input, Buffer& out,
                               std::uint64_t limit, Caller caller) const noexcept {
  if (ctx.depth_left <= 0) {
    jit::fail(ctx, Errc::depth_limit, input.data());
    return false;
  }
  if (out.capacity() == 0 &&
      !out.reserve(std::clamp<std::size_t>(input.size(), 64, initial_output_capacity))) {
    jit::fail(ctx, Errc::no_memory, input.data());
    return false;
  }
  try {
    LeasedCodecs codecs(*this, type, formats);
    const Call call{
        .input = input, .out = &out, .attempt = attempt_of(ctx), .outer = &ctx, .limit = limit};
    if (attempt_of(ctx) == Attempt::optimistic && caller.has_duplicates == HasDuplicates::unknown) {
      const bool has_duplicates =
          lower::impl_of(formats.from)
              .has_duplicate_field(ctx, codecs.source.type, with_address(input));
      caller.has_duplicates = has_duplicates ? HasDuplicates::yes : HasDuplicates::no;
    }
    const AttemptResult done =
        attempt_conversion(call, codecs, caller.has_duplicates == HasDuplicates::yes);
    if (done) {
      return true;
    }
    ctx.error = static_cast<std::uint16_t>(done.error().code);
    ctx.error_at = done.error().at;
  } catch (const std::bad_alloc&) {
    jit::fail(ctx, Errc::no_memory, input.data());
  }
  // An error that another attempt may avoid becomes a restart of the outermost call.
  const Output output = caller.is_writer ? Output::payload : Output::bytes;
  if (attempt_of(ctx) != Attempt::record && may_retry(ctx.error, output)) {
    ctx.error = jit::restart_code;
  }
  return false;
}

}  // namespace

void add_dynamic_transcoder(Request& request, const EngineImpl& engine, const Schema& schema) {
  const auto transcoder = std::make_shared<const EngineTranscoder>(engine, schema, request.options);
  request.options.dynamic_transcoder = transcoder.get();
  request.keeps.push_back(transcoder);
}

}  // namespace wirejit::engine
