// The compile pipeline (reader x writer -> Programs -> machine code or decoded programs) and an
// engine's caches. Entry: EngineImpl::build. Invariant: the codecs that it returns are immutable.
#pragma once

#include "engine/cache.h"
#include "engine/compiled.h"
#include "engine/module_cache.h"
#include "jit/code_space_perf_map.h"
#include "lower/format.h"
#include "lower/mapping.h"
#include "lower/reader.h"
#include "lower/writer.h"

#include <wirejit/engine.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::engine {

// The input of the compile pipeline. Reader and writer are used until the Programs are complete.
struct Request {
  const Type* type = nullptr;    // of the source's root
  const Type* target = nullptr;  // of the target's root, if it has another schema; else null
  std::optional<lower::Mapping> mapping;
  std::vector<lower::FormatUse> formats;  // formats of bytes, not memory; kept by `keeps`
  std::unique_ptr<lower::Reader> reader;
  std::unique_ptr<lower::Writer> writer;
  lower::CompileOptions options;
  const lower::FormatImpl* source = nullptr;
  bool may_link_bytes = false;  // FormatImpl::may_link_bytes of the target
  bool interpreted = false;     // compile no machine code, whatever the engine's kind
  std::vector<std::shared_ptr<const void>> keeps;  // owners of the types, layouts and formats above
  std::shared_ptr<const RecordFallback> record_fallback;
};

// How an engine with these options runs codecs here, and why. Makes nothing, unlike an engine with a
// perf map.
struct EngineMeans {
  bool generates_code = false;
  std::string description;
};
[[nodiscard]] EngineMeans means_of(const EngineOptions& options);

class EngineImpl : public wirejit::detail::EngineState,
                   public std::enable_shared_from_this<EngineImpl> {
 public:
  explicit EngineImpl(const EngineOptions& options);

  [[nodiscard]] Result<Handle> build(Request request) const;

  // Codecs that the application requested.
  [[nodiscard]] CodecCache& cache() const noexcept { return cache_; }
  [[nodiscard]] bool generates_code() const noexcept { return generates_code_; }
  [[nodiscard]] EngineOptions::Kind kind() const noexcept { return options_.kind; }
  [[nodiscard]] const std::string& describe() const noexcept { return description_; }
  // Modules for types that messages named, shared by all codecs of the engine.
  [[nodiscard]] const std::shared_ptr<ModuleCache>& module_cache() const noexcept {
    return module_cache_;
  }

 private:
  void write_perf_map(const jit::Module& module) const;

  EngineOptions options_;
  std::shared_ptr<ModuleCache> module_cache_;
  bool generates_code_ = false;
  mutable std::mutex perf_mutex_;
  mutable std::optional<jit::PerfMap> perf_map_;
  std::string description_;
  mutable CodecCache cache_;
};

// The implementation of a public Engine.
[[nodiscard]] inline const EngineImpl& impl_of(const Engine& engine) noexcept {
  return static_cast<const EngineImpl&>(*engine.state());
}

// A weak reference to an engine, for objects that the engine keeps. If the engine is gone, lock()
// makes a new one of the same kind.
class EngineRef {
 public:
  explicit EngineRef(const EngineImpl& engine)
      : engine_(engine.weak_from_this()), kind_(engine.kind()) {}

  [[nodiscard]] EngineOptions::Kind kind() const noexcept { return kind_; }
  [[nodiscard]] std::shared_ptr<const EngineImpl> lock() const {
    std::shared_ptr<const EngineImpl> engine = engine_.lock();
    return engine != nullptr ? engine
                             : std::make_shared<const EngineImpl>(EngineOptions{.kind = kind_});
  }

 private:
  std::weak_ptr<const EngineImpl> engine_;
  EngineOptions::Kind kind_;
};

}  // namespace wirejit::engine
