// A codec's Programs and machine code, as counts and as listings.
// Entry: CodecBase::info, dump_program, dump_code. Invariant: nothing is executed, so that
// dump_code lists the code of any CPU.
#include "engine/compiled.h"
#include "jit/emit.h"

#include <wirejit/engine.h>

#include <string>
#include <utility>

namespace wirejit {

CodecInfo CodecBase::info() const {
  CodecInfo info;
  info.routines = engine::compiled_of(compiled_).module.programs.size();
  for (const jit::Program& p : engine::compiled_of(compiled_).module.programs) {
    info.ops += p.ops.size();
  }
  if (const jit::Code* code = engine::compiled_of(compiled_).module.code.get(); code != nullptr) {
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
  for (std::size_t k = 0; k < engine::compiled_of(compiled_).module.programs.size(); ++k) {
    out += "#" + std::to_string(k) + " " +
           jit::dump(engine::compiled_of(compiled_).module.programs[k]) + "\n";
  }
  return out;
}

Result<std::string> CodecBase::dump_code(std::string_view cpu) const {
  const Result<jit::Cpu> cpu_id = jit::cpu_named(cpu);
  if (!cpu_id) {
    return std::unexpected(cpu_id.error());
  }
  std::string out;
  for (std::size_t k = 0; k < engine::compiled_of(compiled_).module.programs.size(); ++k) {
    Result<std::string> listing =
        jit::list(engine::compiled_of(compiled_).module.programs[k], *cpu_id);
    if (!listing) {
      return listing;
    }
    out += "#" + std::to_string(k) + " " + *listing + "\n";
  }
  return out;
}

}  // namespace wirejit
