// From what is asked for to what is compiled: any codec is one from a format to a format, memory
// among them.
// Entry: compile, RecordFallback. Invariant: what a Request points at is kept by its `keeps`.
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

// What a codec writes, if that is not what it reads.
struct Target {
  Schema schema;
  const Type* type = nullptr;
  Match match = Match::number;
};

// A codec that is asked for. Types are those of their schemas.
struct CodecSpec {
  Format from;
  Format to;
  Schema schema;  // of what is read; empty, like the type: of the registration (see compile)
  const Type* type = nullptr;
  std::optional<Target> target{};
  Options options{};
};

// Records of these layouts.
[[nodiscard]] Format memory_of(const std::shared_ptr<const record::RecordLayouts>& layouts,
                               bool unique_keys = false);

// Compiled, from the engine's cache if it is there; else `complete` fills in what takes time.
// Errors: not_found (an empty format), those of `complete`, of the formats and of the engine.
[[nodiscard]] Result<Handle> compile(
    const EngineImpl& engine, CodecSpec spec,
    const std::function<Result<void>(CodecSpec&)>& complete = nullptr);

// The Request of a codec. `dynamic_transcoder`: null: those that it needs are made.
[[nodiscard]] Result<Request> make_request(
    const EngineImpl& engine, const CodecSpec& spec,
    const lower::DynamicTranscoder* dynamic_transcoder = nullptr);

// What converts the same through a record, in which the last of duplicate fields counts. It is not
// cached. `dynamic_transcoder` as above; `interpreted` as in Request.
[[nodiscard]] Result<RecordPair> make_record_pair(
    const EngineImpl& engine, CodecSpec spec,
    const lower::DynamicTranscoder* dynamic_transcoder = nullptr, bool interpreted = false);

// A transcoder's pair, made when it is first needed.
class RecordFallback {
 public:
  RecordFallback(const EngineImpl& engine, CodecSpec spec)
      : engine_(engine), spec_(std::move(spec)) {}
  RecordFallback(const RecordFallback&) = delete;
  RecordFallback& operator=(const RecordFallback&) = delete;
  ~RecordFallback() = default;

  // There as long as this object. Errors are not kept.
  [[nodiscard]] Result<const RecordPair*> get() const;

 private:
  EngineRef engine_;
  CodecSpec spec_;
  mutable std::mutex mutex_;
  mutable std::optional<RecordPair> pair_;
};

}  // namespace wirejit::engine
