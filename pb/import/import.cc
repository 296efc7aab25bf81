// Imports .proto text with libprotobuf and loads its serialized descriptors.
// Entry: see pb_import.h. Invariant: no exception leaves; the Schema refers to no object of
// libprotobuf.
#include <wirejit/pb_import.h>

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <filesystem>
#include <new>
#include <set>
#include <utility>

namespace wirejit::pb {
namespace {

namespace gp = google::protobuf;

class Collector final : public gp::compiler::MultiFileErrorCollector {
 public:
  // libprotobuf counts lines and columns from 0; a line of -1 is the file as a whole.
  void AddError(const std::string& file, int line, int column,
                const std::string& message) override {
    add(file, line, column, message, false);
  }
  void AddWarning(const std::string& file, int line, int column,
                  const std::string& message) override {
    add(file, line, column, message, true);
  }

  void add(const std::string& file, int line, int column, const std::string& message,
           bool warning) {
    const bool placed = line >= 0 && column >= 0;
    found_.push_back({.file = file,
                      .line = placed ? static_cast<std::uint32_t>(line) + 1 : 0,
                      .column = placed ? static_cast<std::uint32_t>(column) + 1 : 0,
                      .warning = warning,
                      .message = message});
  }

  [[nodiscard]] Error error() const {
    Error::Detail detail{.code = Errc::schema_syntax,
                         .offset = no_offset,
                         .line = 0,
                         .column = 0,
                         .path = {},
                         .message = {}};
    for (const ImportDiagnostic& d : found_) {
      if (d.warning) {
        continue;
      }
      if (detail.message.empty()) {
        detail.code = d.line == 0 ? Errc::io : Errc::schema_syntax;
        detail.line = d.line;
        detail.column = d.column;
      } else {
        detail.message += '\n';
      }
      detail.message += d.to_string();
    }
    return Error(std::move(detail));
  }

  std::vector<ImportDiagnostic> take() { return std::move(found_); }

 private:
  std::vector<ImportDiagnostic> found_;
};

// Opens files from memory, then libprotobuf's own files.
class MemoryTree final : public gp::compiler::SourceTree {
 public:
  MemoryTree(const std::map<std::string, std::string>& texts, gp::compiler::SourceTree& others)
      : texts_(texts), others_(others) {}
  gp::io::ZeroCopyInputStream* Open(const std::string& name) override {
    const auto it = texts_.find(name);
    if (it == texts_.end()) {
      return others_.Open(name);
    }
    return new gp::io::ArrayInputStream(it->second.data(), static_cast<int>(it->second.size()));
  }
  std::string GetLastErrorMessage() override { return "File not found."; }

 private:
  const std::map<std::string, std::string>& texts_;
  gp::compiler::SourceTree& others_;
};

// Each file after its imports. It does not recurse, because chains of imports may be long.
std::vector<const gp::FileDescriptor*> in_order(
    const std::vector<const gp::FileDescriptor*>& roots) {
  std::vector<const gp::FileDescriptor*> out;
  std::set<const gp::FileDescriptor*> seen;
  std::vector<std::pair<const gp::FileDescriptor*, int>> steps;
  for (const gp::FileDescriptor* root : roots) {
    if (seen.insert(root).second) {
      steps.emplace_back(root, 0);
    }
    while (!steps.empty()) {
      auto& [file, next] = steps.back();
      if (next == file->dependency_count()) {
        out.push_back(file);
        steps.pop_back();
        continue;
      }
      const gp::FileDescriptor* import = file->dependency(next++);
      if (seen.insert(import).second) {
        steps.emplace_back(import, 0);
      }
    }
  }
  return out;
}

Result<Schema> load_all(const std::vector<const gp::FileDescriptor*>& roots,
                        const LoadLimits& limits) {
  std::vector<std::string> serialized;
  for (const gp::FileDescriptor* file : in_order(roots)) {
    gp::FileDescriptorProto proto;
    file->CopyTo(&proto);
    file->CopyJsonNameTo(&proto);
    file->CopySourceCodeInfoTo(&proto);
    if (!proto.SerializePartialToString(&serialized.emplace_back())) {
      return std::unexpected(Error(Errc::size_limit, file->name() + " is too large"));
    }
  }
  std::vector<Bytes> bytes;
  bytes.reserve(serialized.size());
  for (const std::string& s : serialized) {
    bytes.push_back(as_bytes(s));
  }
  return load_protos(bytes, {.main = roots.front()->name(), .limits = limits});
}

void add_own_files(gp::compiler::DiskSourceTree& tree) {
  tree.MapPath("", WIREJIT_PROTO_INCLUDE_DIR);
}

// The name of a path in the tree, as protoc computes it; the path itself if it is not a file of the
// tree.
std::string virtual_name(gp::compiler::DiskSourceTree& tree, const std::string& path) {
  std::string name;
  std::string shadowing;
  switch (tree.DiskFileToVirtualFile(path, &name, &shadowing)) {
    case gp::compiler::DiskSourceTree::SUCCESS:
    case gp::compiler::DiskSourceTree::CANNOT_OPEN: return name;
    default: return path;
  }
}

Result<Schema> import_all(gp::compiler::SourceTree& tree, const std::vector<std::string>& names,
                          const ImportOptions& options,
                          std::vector<ImportDiagnostic>* diagnostics) {
  Collector collector;
  gp::compiler::Importer importer(&tree, &collector);
  std::vector<const gp::FileDescriptor*> roots;
  for (const std::string& name : names) {
    importer.AddUnusedImportTrackFile(name);  // warnings for these files, not for their imports
    if (const gp::FileDescriptor* file = importer.Import(name)) {
      roots.push_back(file);
    }
  }
  Result<Schema> schema = roots.size() < names.size()
                              ? Result<Schema>(std::unexpected(collector.error()))
                              : load_all(roots, options.limits);
  if (diagnostics) {
    *diagnostics = collector.take();
  }
  return schema;
}

template <class Body>
Result<Schema> guarded(Body body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  } catch (const std::exception& e) {
    return std::unexpected(Error(Errc::internal, e.what()));
  }
}

}  // namespace

std::string ImportDiagnostic::to_string() const {
  std::string out = file;
  if (line != 0) {
    out += ':' + std::to_string(line) + ':' + std::to_string(column);
  }
  return out + (warning ? ": warning: " : ": ") + message;
}

Result<Schema> load_proto(const std::vector<std::string>& files, const ImportOptions& options,
                          std::vector<ImportDiagnostic>* diagnostics) {
  return guarded([&]() -> Result<Schema> {
    if (files.empty()) {
      return std::unexpected(Error(Errc::not_found, "no file is named"));
    }
    gp::compiler::DiskSourceTree tree;
    for (const std::string& path : options.import_paths) {
      tree.MapPath("", path);
    }
    if (options.import_paths.empty()) {
      for (const std::string& file : files) {
        const std::string parent = std::filesystem::path(file).parent_path().string();
        tree.MapPath("", parent.empty() ? "." : parent);
      }
    }
    add_own_files(tree);
    std::vector<std::string> names;
    names.reserve(files.size());
    for (const std::string& file : files) {
      names.push_back(virtual_name(tree, file));
    }
    return import_all(tree, names, options, diagnostics);
  });
}

Result<Schema> load_proto_map(const std::map<std::string, std::string>& name_to_text,
                              const std::string& main, const ImportOptions& options,
                              std::vector<ImportDiagnostic>* diagnostics) {
  return guarded([&]() -> Result<Schema> {
    gp::compiler::DiskSourceTree own;
    add_own_files(own);
    MemoryTree tree(name_to_text, own);
    return import_all(tree, {main}, options, diagnostics);
  });
}

Result<Schema> from_descriptor(const gp::FileDescriptor& file, const LoadLimits& limits) {
  return guarded([&] { return load_all({&file}, limits); });
}

Result<Schema> from_descriptor(const gp::Descriptor& message, const LoadLimits& limits) {
  return from_descriptor(*message.file(), limits);
}

}  // namespace wirejit::pb
