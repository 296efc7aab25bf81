// The compile pipeline and its cache: reader x writer -> Programs -> machine code or interpreter
// images. Entry: EngineImpl::compile. Invariant: what it hands out is immutable; equal requests
// made at once compile once.
#pragma once

#include "engine/kept_modules.h"
#include "jit/code_space.h"
#include "jit/code_space_perf_map.h"
#include "jit/interpret.h"
#include "lower/format.h"
#include "lower/mapping.h"

#include <wirejit/codec.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace wirejit::engine {

// A compiled module with what a call needs to know.
class Compiled {
 public:
  jit::Module module;
  Limits limits;
  bool error_paths = true;
  bool reads_input = false;
  bool text_input = false;
  const lower::FormatImpl* source = nullptr;  // of the input, kept by the module; null: not known
  const Type* type = nullptr;                 // of the root, kept by the module
  bool alias_input = false;
  bool through_record = false;  // transcoders: every call takes the Detour
  bool looks_ahead = false;     // FormatImpl::comes_again is asked before a run

  // A Context as a call finds it, but for registers and output.
  void begin(jit::Context& ctx) const noexcept { constants_.copy_to(ctx); }

  // Runs routine 0 with the registers of `ctx`.
  [[nodiscard]] std::uint64_t run(jit::Context& ctx) const noexcept {
    if (thunk_ != nullptr) [[likely]] {
      return jit::Code::enter(thunk_, ctx, entry_);
    }
    return jit::interpret(module, 0, ctx);
  }

  // Memory that it takes, roughly.
  [[nodiscard]] std::size_t bytes() const noexcept;

  // For transcoders: the way through a record, for calls that an optimistic Program gave up.
  struct Detour {
    std::shared_ptr<const Compiled> decoder;
    std::shared_ptr<const Compiled> encoder;
    std::size_t object_size = 0;
  };
  std::function<Result<Detour>()> make_detour;
  // For calls that were given up because a field came again: the input's normal form, appended to a
  // buffer, within so many bytes of memory. Empty where that cannot be.
  std::function<Result<void>(Bytes, std::size_t, Buffer&)> normal_form;

 private:
  friend class EngineImpl;
  void settle() noexcept;  // when all else is in place

  jit::Entry thunk_ = nullptr;  // of module.code, as is
  jit::Entry entry_ = nullptr;  // routine 0
  jit::CallConstants constants_;
};

// What is to be compiled. Reader and writer are needed until the Programs are made.
struct Request {
  const Type* type = nullptr;
  // What is written, if that is of another schema than what is read.
  const Type* target = nullptr;
  std::optional<lower::Mapping> mapping;
  std::vector<lower::FormatUse> formats;  // on either side; kept by `keeps`
  std::unique_ptr<lower::Reader> reader;
  std::unique_ptr<lower::Writer> writer;
  lower::CompileOptions options;
  Limits limits;
  bool error_paths = true;
  bool text_input = false;
  const lower::FormatImpl* source = nullptr;  // whom errors of the input are described by
  bool through_record = false;
  bool interpreted = false;  // without machine code, whatever the engine's kind
  std::vector<std::shared_ptr<const void>> keeps;  // what types, layouts and formats live in
  std::function<Result<Compiled::Detour>()> make_detour;
  std::function<Result<void>(Bytes, std::size_t, Buffer&)> normal_form;
};

class EngineImpl : public std::enable_shared_from_this<EngineImpl> {
 public:
  explicit EngineImpl(const EngineOptions& options);

  using Handle = std::shared_ptr<const Compiled>;
  // The cached result for `key`, or what `make` asks for, compiled. `key` must tell apart all
  // requests that differ.
  Result<Handle> compile(const std::string& key, const std::function<Result<Request>()>& make);
  // The same without the cache.
  Result<Handle> build(Request request) const;

  [[nodiscard]] bool generates_code() const noexcept { return generates_; }
  [[nodiscard]] EngineOptions::Kind kind() const noexcept { return options_.kind; }
  [[nodiscard]] const std::string& describe() const noexcept { return description_; }
  // What is kept because messages named it, for all codecs of the engine.
  [[nodiscard]] const std::shared_ptr<KeptModules>& kept() const noexcept { return kept_; }

 private:
  struct Slot {
    std::mutex making;  // held while it is compiled, so that others wait
    Handle done;
  };
  using Cached = std::pair<std::string, std::shared_ptr<Slot>>;

  std::shared_ptr<Slot> slot(const std::string& key);
  void forget(const std::string& key, const std::shared_ptr<Slot>& slot);

  void write_perf_map(const jit::Module& module) const;

  EngineOptions options_;
  std::shared_ptr<KeptModules> kept_;
  bool generates_ = false;
  mutable std::mutex perf_mutex_;
  mutable std::optional<jit::PerfMap> perf_map_;
  std::string description_;
  std::mutex mutex_;
  std::list<Cached> cached_;  // most recently asked for first
  std::unordered_map<std::string, std::list<Cached>::iterator> index_;
};

}  // namespace wirejit::engine
