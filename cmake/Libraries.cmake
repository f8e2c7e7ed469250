# Third-party packages. Asio and Beast are compiled once (lib/net/compile_asio.cpp, lib/http/compile_beast.cpp), so
# everything that includes them goes through cocached_asio or cocached_beast.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(spdlog REQUIRED)

add_library(cocached_asio INTERFACE)
target_compile_definitions(cocached_asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION
                                                   BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(cocached_asio INTERFACE Boost::headers Threads::Threads)

add_library(cocached_beast INTERFACE)
target_compile_definitions(cocached_beast INTERFACE BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(cocached_beast INTERFACE cocached_asio)

find_package(PkgConfig REQUIRED)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd)

find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
