// The compile pipeline: check the formats, fuse, decode the Programs for the interpreter or emit
// machine code, publish the entry points.
// Entry: EngineImpl::build. Invariant: a module is complete before a call can see it.
#include "engine/engine.h"

#include "engine/call.h"
#include "jit/emit.h"
#include "jit/runtime.h"
#include "lower/fuse.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace wirejit::engine {

namespace {

bool disabled_by_environment() {
  const char* v = std::getenv("WIREJIT_JIT");
  return v != nullptr && (std::strcmp(v, "0") == 0 || std::strcmp(v, "off") == 0);
}

std::string perf_map_directory(const EngineOptions& options) {
  const char* v = std::getenv("WIREJIT_PERF_MAP");
  const bool requested = v != nullptr && std::strcmp(v, "1") == 0;
  return options.perf_map_directory.empty() && requested ? "/tmp" : options.perf_map_directory;
}

// The size of an engine's ModuleCache.
constexpr std::size_t max_module_cache_bytes = std::size_t{64} << 20;

// Why a routine has no machine code.
std::string why_interpreted(const jit::Program& program, const jit::CodeOptions& options) {
  if (program.ops.size() > options.max_routine_ops) {
    return "the routine '" + program.name + "' has " + std::to_string(program.ops.size()) +
           " ops; at most " + std::to_string(options.max_routine_ops) + " become machine code";
  }
  return "the codec's machine code is larger than " + std::to_string(options.max_code_bytes) +
         " bytes; the routine '" + program.name + "' is the first of those that do not fit";
}

}  // namespace

void Compiled::prepare_calls() noexcept {
  jit::Context ctx;
  set_limits(ctx, wirejit::detail::default_call.limits);
  ctx.module = &module;
  constants_ = jit::CallConstants(ctx);
  if (module.code != nullptr) {
    thunk_ = module.code->thunk();
    entry_ = module.slots[0].load(std::memory_order_acquire);
  }
}

std::size_t Compiled::bytes() const noexcept {
  std::size_t bytes = sizeof *this + module.nodes.capacity() * sizeof(jit::PathNode);
  for (const jit::Program& p : module.programs) {
    bytes += p.bytes();
  }
  for (const jit::DecodedProgram& i : module.decoded) {
    bytes += i.code.capacity() * sizeof(jit::Insn);
  }
  return bytes + (module.code != nullptr ? module.code->memory().mapped_bytes() : 0);
}

EngineMeans means_of(const EngineOptions& options) {
  if (options.kind == EngineOptions::Kind::interpret) {
    return {false, "interpreter, as asked"};
  }
  if (jit::host_cpu() == jit::Cpu::none) {
    return {false, "interpreter: no code generator for this CPU"};
  }
  if (options.kind == EngineOptions::Kind::automatic && disabled_by_environment()) {
    return {false, "interpreter: WIREJIT_JIT=0"};
  }
  const jit::MemoryMeans means = jit::CodeMemory::probe();
  if (means == jit::MemoryMeans::none) {
    return {false, "interpreter: executable memory is denied"};
  }
  return {true, std::string(to_string(jit::host_cpu())) + " machine code, by " +
                    std::string(to_string(means))};
}

EngineImpl::EngineImpl(const EngineOptions& options)
    : options_(options),
      module_cache_(std::make_shared<ModuleCache>(options.cached_codecs, max_module_cache_bytes)),
      cache_(options.cached_codecs) {
  EngineMeans means = means_of(options);
  generates_code_ = means.generates_code;
  description_ = std::move(means.description);
  options_.perf_map_directory = perf_map_directory(options_);
  if (generates_code_ && !options_.perf_map_directory.empty()) {
    Result<jit::PerfMap> map = jit::PerfMap::create(options_.perf_map_directory);
    if (map) {
      perf_map_.emplace(std::move(*map));
      description_ += ", with a perf map";
    } else {
      description_ += "; no perf map: " + map.error().message();
    }
  }
}

void EngineImpl::write_perf_map(const jit::Module& module) const {
  const std::lock_guard lock(perf_mutex_);
  if (perf_map_ && !perf_map_->add(module, *module.code)) {
    perf_map_.reset();  // codecs run without a perf map if the disk is full
  }
}

Result<Handle> EngineImpl::build(Request request) const {
  if (options_.kind == EngineOptions::Kind::jit && !generates_code_) {
    return std::unexpected(Error(Errc::code_memory, description_));
  }
  if (Result<void> held = lower::check_formats(request.formats); !held) {
    return std::unexpected(std::move(held.error()));
  }
  auto compiled = std::make_shared<Compiled>();
  jit::Module& m = compiled->module;
  m.keeps = std::move(request.keeps);
  compiled->options = request.options;
  compiled->source = request.source;
  compiled->type = request.type;
  compiled->record_fallback = std::move(request.record_fallback);
  compiled->reads_input = request.reader->reads_input();
  compiled->may_link_bytes = request.may_link_bytes;

  const lower::Sides sides{.reader = *request.reader,
                           .writer = *request.writer,
                           .source = *request.type,
                           .target = request.target != nullptr ? *request.target : *request.type,
                           .mapping = request.mapping ? &*request.mapping : nullptr};
  Result<lower::Fused> fused = lower::fuse(m, sides, request.options);
  if (!fused) {
    return std::unexpected(std::move(fused.error()));
  }
  compiled->length_in_front =
      compiled->reads_input && compiled->source->length_in_front({}).has_value();
  compiled->checks_duplicates =
      fused->uses_dynamic_transcoder && compiled->record_fallback != nullptr;
  const auto interpreted = [&] {
    for (const jit::Program& p : m.programs) {
      m.decoded.push_back(jit::decode_program(p, false));
    }
    compiled->prepare_calls();
    return compiled;
  };
  if (!generates_code_ || request.interpreted) {
    return interpreted();
  }
  m.slots = std::make_unique<std::atomic<jit::Entry>[]>(m.programs.size());
  jit::CodeOptions code_options;
  code_options.runtime = {jit::grow_output_helper(), &jit::interpret_routine};
  code_options.memory.allow_memory_file = options_.perf_map_directory.empty();
  Result<std::shared_ptr<const jit::Code>> code = jit::emit_module(m, code_options);
  if (!code) {
    if (options_.kind == EngineOptions::Kind::jit) {
      return std::unexpected(std::move(code.error()));
    }
    return interpreted();
  }
  // Routines past the limits of code generation are interpreted, through their stubs.
  const auto routines = (*code)->routines();
  const auto too_large = std::find_if(routines.begin(), routines.end(),
                                      [](const jit::RoutineCode& r) { return !r.is_compiled(); });
  if (too_large != routines.end()) {
    if (options_.kind == EngineOptions::Kind::jit) {
      const jit::Program& p = m.programs[static_cast<std::size_t>(too_large - routines.begin())];
      return std::unexpected(Error(Errc::code_memory, why_interpreted(p, code_options)));
    }
    interpreted();
  }
  for (std::size_t k = 0; k < m.programs.size(); ++k) {
    m.slots[k].store((*code)->entry(k), std::memory_order_release);
  }
  m.code = std::move(*code);
  compiled->prepare_calls();
  write_perf_map(m);
  return compiled;
}

}  // namespace wirejit::engine
