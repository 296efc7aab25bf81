// Calls that append to a Chain, and may link long bytes instead of copying them.
// Entry: CodecBase::encode_object and CodecBase::convert to a Chain. Invariant: a call that fails
// leaves the chain as it was. A call that links and fails is made again as one that copies, which
// knows all about retries and errors; so both give the same.
#include "core/no_throw.h"
#include "engine/call.h"
#include "engine/chain.h"
#include "jit/runtime.h"
#include "jit/scratch.h"

#include <wirejit/chain.h>
#include <wirejit/engine.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace wirejit {

using detail::ChainAccess;
using detail::LinkedBytes;
using engine::Call;
using engine::Compiled;
using jit::LinkingContext;

namespace {

constexpr std::size_t smallest_link = 64;  // as the header says; copy_bytes asks beyond 32 bytes

bool links_bytes(const Compiled& c, const CallOptions& call) {
  return call.by_reference.min_bytes != 0 && c.may_link_bytes && !c.checks_duplicates &&
         !c.options.debug.through_record;
}

// Runs the call, which appends to its empty buffer. After a failure the buffer is empty.
bool run_linking(const Call& call, const ByReference& by_reference, Bytes linkable,
                 LinkingContext& ctx) {
  if (!engine::check_limits(*call.limits)) {
    return false;
  }
  start(call, ctx, call.out);
  ctx.min_bytes = std::max(by_reference.min_bytes, smallest_link);
  ctx.linkable = linkable;
  ctx.begin_links();
  const bool ok = call.codec->run(ctx) != 0 && engine::commit_output(ctx, *call.out) &&
                  ctx.linked_bytes <= ctx.output_limit - call.out->size();
  jit::free_scratch(ctx);
  if (!ok) {
    call.out->clear();
  }
  return ok;
}

// The links in a copy of the chain, as links to the chain's own spans.
std::vector<LinkedBytes> links_to_spans(std::span<const LinkedBytes> links, Bytes copy,
                                        std::span<const Bytes> chain) {
  std::vector<std::size_t> ends;  // of each span, in the copy
  ends.reserve(chain.size());
  for (const Bytes span : chain) {
    ends.push_back((ends.empty() ? 0 : ends.back()) + span.size());
  }
  std::vector<LinkedBytes> result;
  for (const LinkedBytes& link : links) {
    auto begin = static_cast<std::size_t>(link.bytes.data() - copy.data());
    const std::size_t end = begin + link.bytes.size();
    for (auto at = std::ranges::upper_bound(ends, begin); begin != end; ++at) {
      const Bytes span = chain[static_cast<std::size_t>(at - ends.begin())];
      const std::size_t until = std::min(end, *at);
      if (until != begin) {
        result.push_back({link.at, span.subspan(begin + span.size() - *at, until - begin)});
      }
      begin = until;
    }
  }
  return result;
}

ChainOwner owner_of(const ByReference& by_reference) {
  return by_reference.owner != nullptr ? *by_reference.owner : nullptr;
}

// `link(buffer, links)` appends to the empty buffer, or returns false; then `copy(buffer)` does.
template <class Link, class Copy>
Result<void> append_to(Chain& out, const ByReference& by_reference, Link link, Copy copy) {
  return core::without_throwing([&]() -> Result<void> {
    Result<Buffer> buffer = ChainAccess::borrow(out);
    if (!buffer) {
      return std::unexpected(std::move(buffer.error()));
    }
    std::vector<LinkedBytes> links;
    if (!link(*buffer, links)) {
      if (Result<void> done = copy(*buffer); !done) {
        return done;
      }
    }
    return ChainAccess::commit(out, std::move(*buffer), links, owner_of(by_reference));
  });
}

}  // namespace

Result<void> CodecBase::encode_object(const void* object, Chain& out,
                                      const CallOptions& call) const {
  const Compiled& c = engine::compiled_of(compiled_);
  return append_to(
      out, call.by_reference,
      [&](Buffer& buffer, std::vector<LinkedBytes>& links) {
        LinkingContext ctx;
        if (!links_bytes(c, call) ||
            !run_linking({.codec = &c, .source = object, .out = &buffer, .limits = &call.limits},
                         call.by_reference, {}, ctx)) {
          return false;
        }
        links = std::move(ctx.links);
        return true;
      },
      [&](Buffer& buffer) { return encode_object(object, buffer, call.limits); });
}

Result<void> CodecBase::convert(const Input& input, Chain& out, const CallOptions& call) const {
  const Compiled& c = engine::compiled_of(compiled_);
  return append_to(
      out, call.by_reference,
      [&](Buffer& buffer, std::vector<LinkedBytes>& links) {
        if (!links_bytes(c, call)) {
          return false;
        }
        Buffer copy;
        const Result<engine::ContiguousInput> contiguous =
            engine::make_contiguous(call.limits, input, nullptr, copy);
        LinkingContext ctx;
        if (!contiguous || !run_linking({.codec = &c,
                                         .input = contiguous->bytes,
                                         .out = &buffer,
                                         .charged = contiguous->charged,
                                         .limits = &call.limits},
                                        call.by_reference, contiguous->bytes, ctx)) {
          return false;
        }
        links = input.is_chain() ? links_to_spans(ctx.links, contiguous->bytes, input.chain())
                                 : std::move(ctx.links);
        return true;
      },
      [&](Buffer& buffer) { return convert(input, buffer, call.limits); });
}

}  // namespace wirejit
