// Module: its lifetime, and the images that failed calls are interpreted with.
#include "jit/module.h"

#include "jit/interpret.h"

#include <new>

namespace wirejit::jit {

Module::Module() = default;

Module::~Module() {
  const std::unique_ptr<TracedImage[]> table(traced_.load(std::memory_order_acquire));
  for (std::size_t k = 0; table != nullptr && k < programs.size(); ++k) {
    delete table[k].load(std::memory_order_acquire);
  }
}

const Image* Module::traced(std::size_t k) const noexcept {
  TracedImage* table = traced_.load(std::memory_order_acquire);
  if (table == nullptr) {
    std::unique_ptr<TracedImage[]> fresh(new (std::nothrow) TracedImage[programs.size()]());
    if (fresh == nullptr) {
      return nullptr;
    }
    if (traced_.compare_exchange_strong(table, fresh.get(), std::memory_order_acq_rel)) {
      table = fresh.release();
    }  // else `table` is what another thread made
  }
  const Image* image = table[k].load(std::memory_order_acquire);
  if (image != nullptr) {
    return image;
  }
  try {
    auto fresh = std::make_unique<const Image>(make_image(programs[k], true));
    if (table[k].compare_exchange_strong(image, fresh.get(), std::memory_order_acq_rel)) {
      image = fresh.release();
    }
    return image;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace wirejit::jit
