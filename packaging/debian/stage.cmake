# Run by CPack when everything is installed to its staging folder, before the package is made: what only a Debian
# package has. CPACK_TEMPORARY_INSTALL_DIRECTORY is the root of the package.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(documents ${root}/usr/share/doc/apportion)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Where Debian looks for units and for completions of zsh.
file(MAKE_DIRECTORY ${root}/lib/systemd ${root}/usr/share/zsh/vendor-completions)
file(RENAME ${root}/usr/lib/systemd/system ${root}/lib/systemd/system)
file(REMOVE_RECURSE ${root}/usr/lib/systemd)
file(RENAME ${root}/usr/share/zsh/site-functions/_apportion ${root}/usr/share/zsh/vendor-completions/_apportion)
file(REMOVE_RECURSE ${root}/usr/share/zsh/site-functions)

file(MAKE_DIRECTORY ${root}/etc/apportion ${root}/usr/share/lintian/overrides)
file(RENAME ${documents}/examples/environment ${root}/etc/apportion/environment)
file(REMOVE_RECURSE ${documents}/examples)
file(REMOVE ${documents}/LICENSE)  # /usr/share/common-licenses has it; `copyright` says so
configure_file(${CPACK_APPORTION_PACKAGING}/debian/lintian-overrides
               ${root}/usr/share/lintian/overrides/apportion COPYONLY)

string(TIMESTAMP day "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, if it is set
file(WRITE ${documents}/changelog "apportion (${CPACK_PACKAGE_VERSION}) stable; urgency=medium\n\n"
     "  * See CHANGELOG.md beside this file.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${day}\n")
file(GLOB manuals ${root}/usr/share/man/man1/*.1)
run(gzip --best --no-name ${manuals} ${documents}/changelog)

set(lock)
if(CPACK_APPORTION_DUCKDB_LOCK)
  set(lock --lock ${CPACK_APPORTION_DUCKDB_LOCK})
endif()
run(${CPACK_APPORTION_PYTHON} -B ${CPACK_APPORTION_PACKAGING}/make_sbom.py --root ${root}
    --version ${CPACK_PACKAGE_VERSION} ${lock} --out ${documents}/apportion.spdx.json)
file(COPY ${documents}/apportion.spdx.json DESTINATION ${CPACK_PACKAGE_DIRECTORY})

# Nobody else may change what the package owns, whatever the umask of who built it.
file(GLOB_RECURSE folders LIST_DIRECTORIES true ${root}/*)
foreach(path IN LISTS folders)
  if(IS_DIRECTORY ${path})
    file(CHMOD ${path} DIRECTORY_PERMISSIONS ${CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
  endif()
endforeach()
