// The compile pipeline and its cache: reader x writer -> Programs -> machine code or interpreter
// images. Entry: EngineImpl::compile. Invariant: what it hands out is immutable; equal requests
// made at once compile once.
#pragma once

#include "jit/code_space.h"
#include "jit/code_space_perf_map.h"
#include "jit/format_impl.h"
#include "jit/interpret.h"
#include "jit/kept_modules.h"

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

namespace wirejit::jit {

class FormatImpl;

// A compiled module with what a call needs to know.
class Compiled {
 public:
  Module module;
  Limits limits;
  bool error_paths = true;
  bool reads_input = false;
  bool text_input = false;
  const FormatImpl* source = nullptr;  // of the input, kept by the module; null: not known
  const Type* type = nullptr;          // of the root, kept by the module
  bool alias_input = false;
  bool through_record = false;  // transcoders: every call takes the Detour
  bool looks_ahead = false;     // FormatImpl::comes_again is asked before a run

  // A Context as a call finds it, but for registers and output.
  void begin(Context& ctx) const noexcept { constants_.copy_to(ctx); }

  // Runs routine 0 with the registers of `ctx`.
  [[nodiscard]] std::uint64_t run(Context& ctx) const noexcept {
    if (thunk_ != nullptr) [[likely]] {
      return Code::enter(thunk_, ctx, entry_);
    }
    return interpret(module, 0, ctx);
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

  Entry thunk_ = nullptr;  // of module.code, as is
  Entry entry_ = nullptr;  // routine 0
  CallConstants constants_;
};

// What is to be compiled. Reader and writer are needed until the Programs are made.
struct Request {
  const Type* type = nullptr;
  std::vector<FormatUse> formats;  // on either side; kept by `keeps`
  std::unique_ptr<Reader> reader;
  std::unique_ptr<Writer> writer;
  CompileOptions options;
  Limits limits;
  bool error_paths = true;
  bool text_input = false;
  const FormatImpl* source = nullptr;  // whom errors of the input are described by
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
  struct Entry {
    std::mutex making;  // held while it is compiled, so that others wait
    Handle done;
  };
  using Cached = std::pair<std::string, std::shared_ptr<Entry>>;

  std::shared_ptr<Entry> entry(const std::string& key);
  void forget(const std::string& key, const std::shared_ptr<Entry>& entry);

  void write_perf_map(const Module& module) const;

  EngineOptions options_;
  std::shared_ptr<KeptModules> kept_;
  bool generates_ = false;
  mutable std::mutex perf_mutex_;
  mutable std::optional<PerfMap> perf_map_;
  std::string description_;
  std::mutex mutex_;
  std::list<Cached> cached_;  // most recently asked for first
  std::unordered_map<std::string, std::list<Cached>::iterator> index_;
};

}  // namespace wirejit::jit
