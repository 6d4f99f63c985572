#include <stdio.h>

int main(void) {
    puts("serving");
    return 0;
}
