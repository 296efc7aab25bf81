// Module: its lifetime, and the images that failed calls are interpreted with.
#include "jit/module.h"

#include "jit/interpret.h"

#include <new>

namespace wirejit::jit {

Module::Module() = default;

Module::~Module() {
  const std::unique_ptr<TracedProgram[]> table(traced_.load(std::memory_order_acquire));
  for (std::size_t k = 0; table != nullptr && k < programs.size(); ++k) {
    delete table[k].load(std::memory_order_acquire);
  }
}

const DecodedProgram* Module::traced(std::size_t k) const noexcept {
  TracedProgram* table = traced_.load(std::memory_order_acquire);
  if (table == nullptr) {
    std::unique_ptr<TracedProgram[]> fresh(new (std::nothrow) TracedProgram[programs.size()]());
    if (fresh == nullptr) {
      return nullptr;
    }
    if (traced_.compare_exchange_strong(table, fresh.get(), std::memory_order_acq_rel)) {
      table = fresh.release();
    }  // else `table` is what another thread made
  }
  const DecodedProgram* routine = table[k].load(std::memory_order_acquire);
  if (routine != nullptr) {
    return routine;
  }
  try {
    auto fresh = std::make_unique<const DecodedProgram>(decode_program(programs[k], true));
    if (table[k].compare_exchange_strong(routine, fresh.get(), std::memory_order_acq_rel)) {
      routine = fresh.release();
    }
    return routine;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace wirejit::jit
