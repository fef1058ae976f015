// SPDX-License-Identifier: Apache-2.0 OR MIT
// Runs in the guest: loads a crash kernel, as `kexec -s -p` does. The tool itself brings eleven libraries of Xen.
//
//   guest-kexec KERNEL INITRAMFS COMMAND-LINE
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int kernel = open(argv[1], O_RDONLY), initramfs = open(argv[2], O_RDONLY);
  const size_t length = strlen(argv[3]) + 1;
  if (syscall(SYS_kexec_file_load, kernel, initramfs, length, argv[3], KEXEC_FILE_ON_CRASH) == 0) return 0;
  perror("kexec_file_load");
  return 1;
}
