"""The paper's tables and Figure 10 on a dataset of one's choice: its published numbers beside ours and its rivals'.

published  what the paper prints, and where it contradicts itself
table      columns and rows, published and measured, as Markdown and JSON
runs       networks trained for equal CPU time, resumable
subject    a trained network as a subject of the evaluation protocols
accuracy   its scores, kept on disk
cost       operations, speed, memory and training time, each network in a process of its own
tables     Tables 1 to 4
figure10   accuracy over training time, for three models and for several noise levels
paper      any of them by name, written to files
"""
