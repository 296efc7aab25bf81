// The DynamicTranscoder of an engine. Each type that was named has a conversion in a table that is read
// without a lock. What a conversion holds is made under a lock, is interpreted until the type was named a
// few times, and is charged to the engine. Modules refer to the DynamicTranscoder that made them,
// which outlives them.
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

// A type is compiled to machine code when it was named so often; what a peer names once is not
// worth that.
constexpr std::uint32_t interpreted_requests = 16;

// A conversion that was made: in one direct, or through a record.
struct ConversionModules final : CachedModule {
  Handle direct;
  RecordPair pair;
  bool is_final = false;  // no better one is made later
};

// One conversion of one type. Slots are never removed, so that readers may walk them.
struct Conversion {
  Conversion(const StructType& t, const lower::FormatPair& f, bool r)
      : type(&t), formats(f), through_record(r) {}
  const StructType* type;
  lower::FormatPair formats;
  bool through_record;
  std::atomic<std::uint32_t> requests{0};
  std::atomic<Errc> error{Errc::ok};  // why there is none, and never will be
  ModuleCache::Entry entry;
  Conversion* next = nullptr;  // in its bucket; older
};

// What a call uses, until it goes.
class Lease {
 public:
  explicit Lease(const CachedModule* made) noexcept
      : made_(static_cast<const ConversionModules*>(made)) {}
  Lease(Lease&& other) noexcept : made_(std::exchange(other.made_, nullptr)) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease() {
    if (made_ != nullptr) {
      ModuleCache::release(made_);
    }
  }
  explicit operator bool() const noexcept { return made_ != nullptr; }
  const ConversionModules& operator*() const noexcept { return *made_; }
  const ConversionModules* operator->() const noexcept { return made_; }

 private:
  const ConversionModules* made_;
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
    options_.alias_input = true;  // nothing outlives the call
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

  Result<std::unique_ptr<ConversionModules>> make(const StructType& type,
                                                  const lower::FormatPair& formats,
                                                  bool through_record, bool interpreted) const;

  std::atomic<Conversion*>& bucket(const StructType& type) const noexcept {
    return conversions_[reinterpret_cast<std::uintptr_t>(&type) / alignof(StructType) % buckets];
  }
  Conversion* find_conversion(const StructType& type, const lower::FormatPair& formats,
                              bool through_record) const noexcept;
  Result<Lease> lease(const StructType& type, const lower::FormatPair& formats,
                      bool through_record) const;
  Result<Lease> make_and_lease(const StructType& type, const lower::FormatPair& formats,
                               bool through_record) const;

  EngineRef engine_;
  bool generates_code_;
  std::shared_ptr<ModuleCache> module_cache_;
  Schema schema_;
  lower::CompileOptions options_;
  mutable std::mutex mutex_;  // held while one is made, so that others wait
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

// ---- Making them

Result<std::unique_ptr<ConversionModules>> EngineTranscoder::make(const StructType& type,
                                                                  const lower::FormatPair& formats,
                                                                  bool through_record,
                                                                  bool interpreted) const {
  auto made = std::make_unique<ConversionModules>();
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
    made->bytes = pair->decoder->bytes() + pair->encoder->bytes();
    made->pair = std::move(*pair);
    return made;
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
  made->bytes = (*direct)->bytes();
  made->direct = std::move(*direct);
  return made;
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
    if (const Errc why = conversion->error.load(std::memory_order_relaxed); why != Errc::ok) {
      return std::unexpected(Error(why));
    }
    Lease found(conversion->entry.acquire());
    if (found && (found->is_final || conversion->requests.fetch_add(1, std::memory_order_relaxed) <
                                         interpreted_requests)) {
      return found;
    }
  }
  return make_and_lease(type, formats, through_record);
}

Result<Lease> EngineTranscoder::make_and_lease(const StructType& type,
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
      return found;  // another thread made it
    }
  } else {
    conversion->requests.store(1);  // what was evicted begins anew
    interpreted = engine_.kind() != EngineOptions::Kind::jit;
  }
  Result<std::unique_ptr<ConversionModules>> made =
      make(type, formats, through_record, interpreted);
  if (!made) {
    if (made.error().code() != Errc::no_memory) {
      conversion->error.store(made.error().code(), std::memory_order_relaxed);
    }
    return std::unexpected(std::move(made.error()));
  }
  (*made)->is_final = !interpreted || !generates_code_;
  return Lease(module_cache_->put(conversion->entry, std::move(*made)));
}

// ---- Running

// What a call needs of them, until it goes.
class EngineTranscoder::LeasedCodecs final : public ConversionCodecs {
 public:
  LeasedCodecs(const EngineTranscoder& of, const StructType& type, const lower::FormatPair& formats)
      : ConversionCodecs({lower::impl_of(formats.from), *of.schema_.type_of(type), of.options_}),
        of_(of),
        struct_(type),
        formats_(formats) {}

  [[nodiscard]] Result<const Compiled*> direct() override {
    Result<const ConversionModules*> made = lease(false);
    return made ? Result<const Compiled*>((*made)->direct.get())
                : std::unexpected(std::move(made.error()));
  }
  [[nodiscard]] Result<const RecordPair*> record_pair() override {
    Result<const ConversionModules*> made = lease(true);
    return made ? Result<const RecordPair*>(&(*made)->pair)
                : std::unexpected(std::move(made.error()));
  }

 private:
  Result<const ConversionModules*> lease(bool through_record) {
    Result<Lease> lease = of_.lease(struct_, formats_, through_record);
    if (!lease) {
      return std::unexpected(std::move(lease.error()));
    }
    lease_.emplace(std::move(*lease));  // one attempt takes one of both
    return &**lease_;
  }

  const EngineTranscoder& of_;
  const StructType& struct_;
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
  // What may do better on another attempt is left to the outermost call, at once.
  const Output output = caller.is_writer ? Output::payload : Output::bytes;
  if (attempt_of(ctx) != Attempt::record && may_retry(ctx.error, output)) {
    ctx.error = jit::restart_code;
  }
  return false;
}

}  // namespace

void add_dynamic_transcoder(Request& request, const EngineImpl& engine, const Schema& schema) {
  const auto made = std::make_shared<const EngineTranscoder>(engine, schema, request.options);
  request.options.dynamic_transcoder = made.get();
  request.keeps.push_back(made);
}

}  // namespace wirejit::engine
