// Runs the steps from decoded descriptors to a schema, in order.
// Entry: resolve_files. Invariant: the result is a schema or the first error.
#include "pb/descriptor_context.h"

namespace wirejit::pb::descriptors {

Result<Schema> resolve_files(const std::vector<FileDescriptorProto>& files, std::size_t main,
                             const LoadOptions& options) {
  Context c(options);
  for (const FileDescriptorProto& f : files) {
    c.files.emplace_back().proto = &f;
  }
  const bool done = link_files(c) && declare_types(c, main) && fill_messages(c) &&
                    fill_services(c) && finish_messages(c);
  if (!done) {
    return std::unexpected(std::move(*c.problem));
  }
  return c.builder.build();
}

}  // namespace wirejit::pb::descriptors
