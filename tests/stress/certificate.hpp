#pragma once

#include <filesystem>

namespace cocached::stress {

/// Writes a new key and a certificate that it has signed itself, both into one PEM file.
void make_certificate(const std::filesystem::path& file);

}  // namespace cocached::stress
