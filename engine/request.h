// From a CodecSpec (two formats, a type, options) to a Request and its codec. Every codec converts
// from a format to a format, and memory is one of the formats.
// Entry: compile, RecordFallback. Invariant: all that a Request points to is kept by its `keeps`.
#pragma once

#include "engine/engine.h"
#include "engine/key.h"
#include "record/layout.h"

#include <wirejit/engine.h>
#include <wirejit/schema.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace wirejit::engine {

// The type that a codec writes, if it is not the type that it reads.
struct Target {
  Schema schema;
  const Type* type = nullptr;
  Match match = Match::number;
};

// The specification of a codec. Each type belongs to its schema.
struct CodecSpec {
  Format from;
  Format to;
  Schema schema;  // of the source; empty, like `type`: derived from the registration (see compile)
  const Type* type = nullptr;
  std::optional<Target> target{};
  Options options{};
};

// The format of records with these layouts. `unique_keys`: maps drop duplicate keys.
[[nodiscard]] Format memory_of(const std::shared_ptr<const record::RecordLayouts>& layouts,
                               bool unique_keys = false);

// Returns the codec from the engine's cache, or compiles it, after `complete` has filled in the
// parts of `spec` that are slow to make. Errors: not_found (an empty format), those of `complete`,
// of the formats and of the engine.
[[nodiscard]] Result<Handle> compile(
    const EngineImpl& engine, CodecSpec spec,
    const std::function<Result<void>(CodecSpec&)>& complete = nullptr);

// The Request of a codec. If `dynamic_transcoder` is null, the codec gets one of its own.
[[nodiscard]] Result<Request> make_request(
    const EngineImpl& engine, const CodecSpec& spec,
    const lower::DynamicTranscoder* dynamic_transcoder = nullptr);

// The two codecs that do the conversion of `spec` through a record. They are not cached.
// `dynamic_transcoder` as above; `interpreted` as in Request.
[[nodiscard]] Result<RecordPair> make_record_pair(
    const EngineImpl& engine, CodecSpec spec,
    const lower::DynamicTranscoder* dynamic_transcoder = nullptr, bool interpreted = false);

// A transcoder's RecordPair, compiled when it is first needed.
class RecordFallback {
 public:
  RecordFallback(const EngineImpl& engine, CodecSpec spec)
      : engine_(engine), spec_(std::move(spec)) {}
  RecordFallback(const RecordFallback&) = delete;
  RecordFallback& operator=(const RecordFallback&) = delete;
  ~RecordFallback() = default;

  // The pair is valid as long as this object. After an error, the next call compiles again.
  [[nodiscard]] Result<const RecordPair*> get() const;

 private:
  EngineRef engine_;
  CodecSpec spec_;
  mutable std::mutex mutex_;
  mutable std::optional<RecordPair> pair_;
};

}  // namespace wirejit::engine
