// A clock: the hand passes over places that were used since it came by last, and takes the others.
#include "engine/kept_modules.h"

#include <algorithm>
#include <utility>

namespace wirejit::engine {

namespace {

// Room for one more, so that adding it cannot throw.
template <class T>
void reserve_one(std::vector<T>& v, std::size_t size) {
  if (v.capacity() <= size) {
    v.reserve(2 * size + 8);
  }
}

}  // namespace

bool KeptModules::has_room(std::size_t bytes) const noexcept {
  return places_.size() < most_modules_ && bytes_ <= most_bytes_ && bytes <= most_bytes_ - bytes_;
}

bool KeptModules::is_unused(const Retired& retired) noexcept {
  return retired.place->entering_.load() == 0 && retired.content->users_.load() == 0;
}

// Takes out what a place holds. What nobody uses is freed at once; retired_ has room for the rest.
void KeptModules::remove(Place& place) noexcept {
  places_[place.index_] = places_.back();
  places_[place.index_]->index_ = place.index_;
  places_.pop_back();
  place.index_ = Place::none;
  Retired taken{&place, std::unique_ptr<const Kept>(place.content_.exchange(nullptr))};
  bytes_ -= taken.content->bytes;
  if (!is_unused(taken)) {
    retired_.push_back(std::move(taken));
  }
}

void KeptModules::evict_one() noexcept {
  for (std::size_t turns = 0;; ++turns) {
    hand_ = hand_ < places_.size() ? hand_ : 0;
    Place& place = *places_[hand_];
    if (turns >= places_.size() || !place.used_.exchange(false)) {
      return remove(place);
    }
    ++hand_;
  }
}

void KeptModules::free_unused() const noexcept { std::erase_if(retired_, is_unused); }

const Kept* KeptModules::put(Place& place, std::unique_ptr<const Kept> content) {
  const std::lock_guard lock(mutex_);
  free_unused();
  reserve_one(places_, places_.size());
  reserve_one(retired_, retired_.size() + places_.size());
  if (place.index_ != Place::none) {
    remove(place);
  }
  while (!has_room(content->bytes) && !places_.empty()) {
    evict_one();
  }
  place.index_ = places_.size();
  places_.push_back(&place);
  bytes_ += content->bytes;
  place.used_.store(true, std::memory_order_relaxed);
  content->users_.fetch_add(1);
  const Kept* const kept = content.release();
  place.content_.store(kept);
  return kept;
}

void KeptModules::forget(Place& place) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(retired_, [&](const Retired& r) { return r.place == &place; });
  if (place.index_ != Place::none) {
    remove(place);
  }
}

std::size_t KeptModules::modules() const noexcept {
  const std::lock_guard lock(mutex_);
  free_unused();
  return places_.size() + retired_.size();
}

std::size_t KeptModules::bytes() const noexcept {
  const std::lock_guard lock(mutex_);
  free_unused();
  std::size_t bytes = bytes_;
  for (const Retired& r : retired_) {
    bytes += r.content->bytes;
  }
  return bytes;
}

}  // namespace wirejit::engine
