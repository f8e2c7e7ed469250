# `cpack --config build/release/CPackConfig.cmake` makes a Debian package of the server.

set(packaging ${CMAKE_SOURCE_DIR}/tools/packaging)
find_program(PACKAGING_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(NOT PACKAGING_PYTHON)
  return()
endif()

# The default build leaves the manual page out; packing makes it.
set(man ${CMAKE_BINARY_DIR}/cocached.1)
install(CODE "execute_process(COMMAND ${PACKAGING_PYTHON} ${packaging}/make-man
  ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/cocached ${packaging}/cocached.1.in ${man} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND gzip -9nf ${man} COMMAND_ERROR_IS_FATAL ANY)")
install(TARGETS cocached RUNTIME DESTINATION bin)
install(FILES ${man}.gz DESTINATION share/man/man1)
install(FILES ${packaging}/cocached.bash DESTINATION share/bash-completion/completions RENAME cocached)
install(FILES ${packaging}/cocached.conf DESTINATION /etc/cocached)
install(FILES ${packaging}/cocached.service ${packaging}/cocached@.service
  ${packaging}/cocached.socket DESTINATION lib/systemd/system)
install(FILES ${packaging}/cocached.sysusers DESTINATION lib/sysusers.d RENAME cocached.conf)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION share/doc/cocached RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "cocached <cocached@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "cache server that speaks memcached's protocols")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${packaging}/postinst;${packaging}/prerm;${packaging}/postrm;${packaging}/conffiles")
include(CPack)
