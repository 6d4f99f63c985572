# a comment with a BOM before it
arg BASE=bb:base
from ${BASE} as Base
run echo one \
    # a comment
    && echo two \

    && echo three > /three
env A=1 \
    B=2
copy a.txt \
     b.txt \
     /crlf/
Run echo done > /done
workdir /crlf
cmd ["sh", "-c", "true"]
