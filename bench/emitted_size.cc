// Emission of a whole module for any CPU. Entry: emitted_size.
#include "bench/emitted_size.h"

#include "jit/emit_routine.h"
#include "jit/masm_factory.h"

#include <memory>

namespace wirejit::bench {

Result<EmittedSize> emitted_size(const jit::Module& module, jit::Cpu cpu) {
  const std::unique_ptr<jit::Masm> masm = jit::make_masm(cpu);
  if (masm == nullptr) {
    return std::unexpected(Error(Errc::unsupported, "no code generator for this CPU"));
  }
  jit::SharedCode shared(module.slots.get());
  for (const jit::Program& program : module.programs) {
    jit::emit_routine(*masm, shared, program, masm->new_label(), {});
  }
  shared.emit(*masm, jit::Helper{});
  EmittedSize size{masm->instructions(), masm->offset(), 0};
  const Result<jit::CodeImage> image = masm->finish(64);
  if (!image) {
    return std::unexpected(image.error());
  }
  size.data_bytes = image->bytes.size() - image->data_begin;
  return size;
}

}  // namespace wirejit::bench
